import { connect, createServer, type Socket } from 'node:net'
import { freePort } from './postgres.setup.ts'

export type ProxyMode =
  /** Hands on everything, both ways. */
  | 'forward'
  /** Takes connections, and ends each at once. */
  | 'end'
  /** Takes connections, and whatever comes, and says nothing. */
  | 'silent'

export interface ProxyOptions {
  /** Where it forwards to. */
  port: number
  /** Where it listens; a free port by default. */
  listen?: number
  mode?: ProxyMode
}

/** A TCP proxy that does to connections what networks do to them. */
export async function startProxy({ port, listen, mode: first = 'forward' }: ProxyOptions) {
  const sockets = new Set<Socket>()
  const own = listen ?? (await freePort())
  let mode = first
  let cutAnswer: (() => boolean) | undefined

  function keep(socket: Socket): Socket {
    sockets.add(socket)
    // What breaks here is meant to, and both ends are told by the other's closing.
    return socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
  }

  function forward(near: Socket) {
    const far = keep(connect(port, '127.0.0.1'))
    near.once('close', () => far.destroy()).on('data', (chunk) => far.write(chunk))
    far
      .once('close', () => near.destroy())
      .on('data', (chunk) => {
        if (cutAnswer?.()) near.resetAndDestroy()
        else near.write(chunk)
      })
  }

  const server = createServer((near) => {
    keep(near)
    if (mode === 'end') near.end()
    else if (mode === 'silent') near.resume()
    else forward(near)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(own, '127.0.0.1', resolve)
  })

  return {
    port: own,
    /** For connections to come. */
    set: (next: ProxyMode) => void (mode = next),
    /** Asked at every answer of the other side: true throws it away, and breaks the connection. */
    cutAnswers: (when: () => boolean) => void (cutAnswer = when),
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
