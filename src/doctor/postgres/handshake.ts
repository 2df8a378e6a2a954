import { isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { connectionError } from '../../database/postgres/socket.ts'
import { secureContextOf, verifies } from '../../database/postgres/tls.ts'
import type { PostgresTarget } from '../../database/target/target.ts'
import { connectPlain } from './plain.socket.ts'

/** PostgreSQL's documentation, "SSL Session Encryption": length 8, code 80877103. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

export type Handshake =
  | { outcome: 'failed'; code: string }
  | {
      outcome: 'agreed'
      protocol: string
      /** Why the certificate would not pass, as a code of Node's; undefined when it does. */
      problem: string | undefined
      /** The hosts that the certificate is for. */
      names: string[]
      issuer: string
      validFrom: Date
      validTo: Date
      fingerprint: string
    }

/** Agrees on TLS as the target asks for it, looks at the certificate whatever it is worth, and hangs up. */
export async function handshake(target: PostgresTarget, timeoutMs: number): Promise<Handshake> {
  let socket: Socket | undefined
  try {
    socket = await connectPlain(target, timeoutMs)
    if (!target.directTls) await askForTls(socket, timeoutMs)
    return await agree(target, socket, timeoutMs)
  } catch (error) {
    return { outcome: 'failed', code: (error as NodeJS.ErrnoException).code ?? 'unknown' }
  } finally {
    socket?.destroy()
  }
}

function askForTls(socket: Socket, timeoutMs: number): Promise<void> {
  socket.write(sslRequest)
  return within(socket, timeoutMs, (resolve, reject) => {
    socket.once('data', (bytes: Buffer) => {
      if (bytes.length === 1 && bytes[0] === 83) resolve()
      else reject(connectionError('TLS_REFUSED'))
    })
  })
}

function agree(target: PostgresTarget, socket: Socket, timeoutMs: number): Promise<Handshake> {
  return within(socket, timeoutMs, (resolve, reject) => {
    const encrypted = connectTls(optionsFor(target, socket), () => {
      resolve(describe(encrypted))
      encrypted.destroy()
    })
    encrypted.on('error', reject)
  })
}

function optionsFor(target: PostgresTarget, socket: Socket): ConnectionOptions {
  const { host, ssl } = target
  const servername = target.servername ?? (isIP(host) === 0 ? host : undefined)
  return {
    socket,
    host,
    ...(servername !== undefined && { servername }),
    ALPNProtocols: ['postgresql'],
    secureContext: secureContextOf(target),
    // Looked at and told, not used: no more is said on this connection.
    rejectUnauthorized: false,
    // What nobody has to verify is looked at as strictly as could be, to tell what more there would be to have.
    ...(verifies(target) && ssl !== 'verify-full' && { checkServerIdentity: () => undefined }),
  }
}

function describe(encrypted: TLSSocket): Handshake {
  const certificate = encrypted.getPeerCertificate()
  return {
    outcome: 'agreed',
    protocol: encrypted.getProtocol() ?? 'unknown',
    problem: encrypted.authorized ? undefined : codeOf(encrypted.authorizationError),
    names: namesOf(certificate),
    issuer: textOf(certificate.issuer?.CN) ?? textOf(certificate.issuer?.O) ?? 'nobody',
    validFrom: new Date(certificate.valid_from),
    validTo: new Date(certificate.valid_to),
    fingerprint: certificate.fingerprint256,
  }
}

/** Node gives the code as a string, whatever its types say. */
function codeOf(problem: unknown): string {
  if (typeof problem === 'string') return problem
  return problem instanceof Error && 'code' in problem ? String(problem.code) : 'UNVERIFIED'
}

function namesOf(certificate: { subjectaltname?: string; subject?: { CN?: unknown } }): string[] {
  const alternatives = certificate.subjectaltname?.match(/(?<=(?:DNS|IP Address):)[^,\s]+/g)
  const common = textOf(certificate.subject?.CN)
  return alternatives ?? (common === undefined ? [] : [common])
}

function textOf(name: unknown): string | undefined {
  const text = Array.isArray(name) ? name.join(' ') : name
  return typeof text === 'string' && text !== '' ? text.replaceAll(/\p{Cc}/gu, ' ') : undefined
}

function within<Value>(
  socket: Socket,
  timeoutMs: number,
  work: (resolve: (value: Value) => void, reject: (error: Error) => void) => void,
): Promise<Value> {
  return new Promise<Value>((resolve, reject) => {
    const timer = setTimeout(() => reject(connectionError('CONNECT_TIMEOUT')), timeoutMs)
    const settled = () => clearTimeout(timer)
    socket.once('error', reject).once('close', () => reject(connectionError('CONNECTION_CLOSED')))
    work(
      (value) => {
        settled()
        resolve(value)
      },
      (error) => {
        settled()
        reject(error)
      },
    )
  })
}
