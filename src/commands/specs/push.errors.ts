/** The push cannot go on, with any of the files: why, and how the command ends. */
export class PushEndedError extends Error {
  override readonly name = 'PushEndedError'
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}

/** One request's connection breaks each time, while the service answers others. */
export class ConnectionBrokenError extends Error {
  override readonly name = 'ConnectionBrokenError'

  constructor(cause: unknown) {
    super('The connection broke each time that it was sent.', { cause })
  }
}
