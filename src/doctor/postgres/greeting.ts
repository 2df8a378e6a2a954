import type { Socket } from 'node:net'
import type { PostgresTarget } from '../../database/target/target.ts'
import { connectPlain } from './plain.socket.ts'

/** PostgreSQL's documentation, "SSL Session Encryption": length 8, code 80877103. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

export type Greeting =
  | { kind: 'postgres'; offersTls: boolean }
  | { kind: 'other'; speaks: string; hint: string }
  | { kind: 'closed' }
  | { kind: 'silent' }
  | { kind: 'unreached'; code: string }

/** Asks what stands at the other end whether it offers TLS, which gives nothing away, and hangs up. */
export async function greet(target: PostgresTarget, timeoutMs: number): Promise<Greeting> {
  let socket: Socket
  try {
    socket = await connectPlain(target, timeoutMs)
  } catch (error) {
    return { kind: 'unreached', code: (error as NodeJS.ErrnoException).code ?? 'unknown' }
  }
  try {
    return recognise(await firstBytes(socket, timeoutMs))
  } finally {
    socket.destroy()
  }
}

/**
 * What comes first; an empty one when the other end hangs up, undefined when it says nothing in time. Web servers that
 * wait for the end of a line get it.
 */
function firstBytes(socket: Socket, timeoutMs: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), timeoutMs)
    const nudge = setTimeout(() => socket.write('\r\n\r\n'), timeoutMs / 2)
    const settle = (bytes: Buffer) => {
      clearTimeout(timer)
      clearTimeout(nudge)
      resolve(bytes)
    }
    const nothing = Buffer.alloc(0)
    socket.once('data', settle).once('close', () => settle(nothing))
    socket.on('error', () => settle(nothing)).write(sslRequest)
  })
}

function recognise(bytes: Buffer | undefined): Greeting {
  if (bytes === undefined) return { kind: 'silent' }
  if (bytes.length === 0) return { kind: 'closed' }
  const text = bytes.toString('latin1')
  // E: a server that has no connection left, or is starting, says so before anything else.
  if (text === 'S' || text === 'N' || text.startsWith('E\0\0')) {
    return { kind: 'postgres', offersTls: text === 'S' }
  }
  const other = others.find(({ like }) => like.test(text))
  return { kind: 'other', ...(other ?? unknown) }
}

const others: readonly { like: RegExp; speaks: string; hint: string }[] = [
  {
    // Length, number 0, then the greeting (10) or an error (255).
    like: /^[^]{2}\0\0(?:\n|\xff)/,
    speaks: 'MySQL or MariaDB',
    hint: 'This is the port of a MySQL or MariaDB server, which Holdfast does not store in.',
  },
  {
    like: /^HTTP\/|^<(?:!doctype|html)/i,
    speaks: 'HTTP',
    hint: 'This is the port of a web server.',
  },
  {
    // An alert: record type 21, version 3.
    like: new RegExp(`^${String.fromCodePoint(21, 3)}`),
    speaks: 'TLS from the first byte',
    hint: 'This may be the port of a web server (HTTPS).',
  },
  { like: /^SSH-/, speaks: 'SSH', hint: 'This is the port of a secure shell.' },
  { like: /^-(?:ERR|DENIED)/, speaks: 'Redis', hint: 'This is the port of a Redis server.' },
  { like: /^(?:220|421)[ -]/, speaks: 'mail or file transfer', hint: 'This is another service.' },
]

const unknown = { speaks: 'no protocol that is known here', hint: 'This is another service.' }
