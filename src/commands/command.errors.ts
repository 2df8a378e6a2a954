import { databaseErrorIn, StartError } from '../database/database.errors.ts'

/** The command line was not understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError'

  constructor(message: string, usage: string) {
    super(`${message}\n\n${usage}`)
  }
}

/** What to say of an error that ends a command, and the exit code: those of sysexits, where one fits. */
export function explain(error: unknown): { message: string; exitCode: number } {
  if (error instanceof StartError) {
    return { message: error.message, exitCode: error.exitCode }
  }
  const database = databaseErrorIn(error)
  if (database) {
    const passes = ['unavailable', 'busy', 'timeout', 'frozen'].includes(database.kind)
    return { message: database.message, exitCode: passes ? 75 : 1 }
  }
  if (error instanceof UsageError || isParseError(error)) {
    return { message: (error as Error).message, exitCode: 2 }
  }
  if (error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number') {
    return { message: error.message, exitCode: error.exitCode }
  }
  return { message: error instanceof Error ? error.message : String(error), exitCode: 1 }
}

/** Tells whether it is that nobody reads what is written to standard output any more. */
export function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE'
}

/** What node:util's parseArgs raises for an option that it does not know. */
function isParseError(error: unknown): boolean {
  return (
    error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  )
}
