import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A server of a few lines on a free port, for peers that misbehave; gone after the test. */
export async function listen(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  let accepted = 0
  const server = createServer((socket) => {
    accepted++
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  )
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    sockets,
  }
}

/** What becomes of a message from the service; of the server's answers, after it, too. */
export type Fault = 'none' | 'swallow' | 'cut' | 'forward then cut' | 'forward then swallow'

/** Stands between the service and a server, and does what it is told to the messages that match. */
export async function startProxy(serverPort: number) {
  let fault: Fault = 'none'
  let pattern: RegExp = /^/
  const proxy = await listen((client) => {
    const server = connect(serverPort, '127.0.0.1')
    let silent = false
    server.on('error', () => client.destroy()).on('close', () => client.destroy())
    client.on('close', () => server.destroy())
    server.on('data', (chunk) => {
      if (!silent) client.write(chunk)
      // The answer shows that the server did what it was told.
      else if (fault === 'forward then cut') client.destroy()
    })
    client.on('data', (chunk) => {
      const struck = fault !== 'none' && pattern.test(chunk.toString('latin1'))
      if (silent || (struck && fault === 'swallow')) {
        silent = true
        return
      }
      if (struck && fault === 'cut') {
        client.destroy()
        return
      }
      if (struck) silent = true
      server.write(chunk)
    })
  })
  return {
    port: proxy.port,
    accepted: proxy.accepted,
    strike(what: Fault, when = /^/) {
      fault = what
      pattern = when
    },
  }
}
