import { isIP, type Socket } from 'node:net'
import {
  connect,
  createSecureContext,
  TLSSocket,
  type ConnectionOptions,
  type SecureContext,
} from 'node:tls'
import type { PostgresTarget } from '../target/target.ts'

/** How a connection is protected: not at all, from being read, or also from somebody who passes for the server. */
export type Tls = 'plain' | 'encrypted' | 'verified'

/** As it is registered for PostgreSQL; a server that offers it cannot be led to take us for another's client. */
const alpn = 'postgresql'

/** Starts TLS on a connected socket. What fails from here on is reported by the socket that this gives. */
export function startTls(target: PostgresTarget, socket: Socket): TLSSocket {
  return connect(optionsFor(target, socket))
}

/**
 * Whether the certificate must pass. As with libpq, `require` looks at it as well once there is an authority to ask:
 * whoever gives one wants it to be asked.
 */
export function verifies({ ssl, ca }: PostgresTarget): boolean {
  return ssl === 'verify-full' || ssl === 'verify-ca' || ca !== undefined
}

/** What a connection got. */
export function tlsOf(target: PostgresTarget, socket: Socket): Tls {
  if (!(socket instanceof TLSSocket)) return 'plain'
  return verifies(target) ? 'verified' : 'encrypted'
}

/** Whether the other end speaks PostgreSQL inside TLS by its own word, as it must where nobody asked it before. */
export function saysPostgres(socket: TLSSocket): boolean {
  return socket.alpnProtocol === alpn
}

/** Reads the certificates of a target, once. Raises what Node raises for those that cannot be read. */
export function secureContextOf(target: PostgresTarget): SecureContext {
  const { ca, cert, key } = target
  const known = contexts.get(target)
  if (known) return known
  const context = createSecureContext({
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  })
  contexts.set(target, context)
  return context
}

const contexts = new WeakMap<PostgresTarget, SecureContext>()

function optionsFor(target: PostgresTarget, socket: Socket): ConnectionOptions {
  const { host, ssl } = target
  // Providers that share an address tell their databases apart by this name. An address is none.
  const servername = target.servername ?? (isIP(host) === 0 ? host : undefined)
  return {
    socket,
    host,
    ...(servername !== undefined && { servername }),
    ALPNProtocols: [alpn],
    secureContext: secureContextOf(target),
    rejectUnauthorized: verifies(target),
    ...(ssl !== 'verify-full' && { checkServerIdentity: () => undefined }),
  }
}
