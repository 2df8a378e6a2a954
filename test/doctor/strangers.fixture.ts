import { createServer, type Server, type Socket } from 'node:net'
import { channel } from 'node:diagnostics_channel'
import { onTestFinished } from 'vitest'

/** A server that is not PostgreSQL, on a free port of this machine; gone after the test. What it is sent is kept. */
export async function startStranger(
  greet: (socket: Socket) => void,
  { port = 0, host = '127.0.0.1' } = {},
) {
  const received: Buffer[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket
      .on('error', () => undefined)
      .on('data', (bytes: Buffer) => received.push(Buffer.from(bytes)))
    greet(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  const { port: own } = server.address() as { port: number }
  return { port: own, received: () => Buffer.concat(received) }
}

/** Every address that this process connects to until the test ends. */
export function watchConnections(): Set<string> {
  const seen = new Set<string>()
  const watch = (message: unknown) => {
    const { socket } = message as { socket: Socket }
    socket.on('connectionAttempt', (address: string) => seen.add(address))
  }
  const sockets = channel('net.client.socket')
  sockets.subscribe(watch)
  onTestFinished(() => {
    sockets.unsubscribe(watch)
  })
  return seen
}

/** How a MySQL 8 server begins: the length, number 0, version 10 of the protocol, its own version. */
export const mysqlGreeting = Buffer.concat([
  Buffer.from([74, 0, 0, 0, 10]),
  Buffer.from('8.0.36\0'),
  Buffer.alloc(62, 1),
])
