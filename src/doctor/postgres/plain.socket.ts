import { connect, type Socket } from 'node:net'
import type { PostgresTarget } from '../../database/target/target.ts'

/** A connection without any encryption, on which nothing has been said. Rejects with a code. */
export function connectPlain(target: PostgresTarget, timeoutMs: number): Promise<Socket> {
  const { host, port, path } = target
  const socket = path === undefined ? connect({ host, port, noDelay: true }) : connect({ path })
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      clearTimeout(timer)
      socket.on('error', () => undefined).destroy()
      reject(error)
    }
    const timer = setTimeout(
      () => fail(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })),
      timeoutMs,
    )
    socket.once('error', fail).once('connect', () => {
      clearTimeout(timer)
      socket.off('error', fail)
      resolve(socket)
    })
  })
}

/** Where a target is, for a person. */
export function placeOf({ host, port, path }: PostgresTarget): string {
  if (path !== undefined) return path
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
