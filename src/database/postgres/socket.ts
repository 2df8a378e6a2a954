import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import type { PostgresTarget } from '../target/target.ts'

/** PostgreSQL's documentation, "SSL Session Encryption": length 8, code 80877103. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

/**
 * Connects, encrypted as the target asks, and gives a socket that is ready for the start-up message.
 *
 * TLS is settled here and not by the driver, which would lose hold of the socket, and wait for ever when the server
 * ends the connection before its first byte. Rejects with an error that has a `code`, at the latest after `timeoutMs`.
 */
export async function connectSocket(target: PostgresTarget, timeoutMs: number): Promise<Socket> {
  const giveUp = AbortSignal.timeout(timeoutMs)
  const socket = connectTcp(
    target.host.startsWith('/')
      ? { path: `${target.host}/.s.PGSQL.${target.port}` }
      : { host: target.host, port: target.port, noDelay: true },
  )
  await settled(socket, 'connect', giveUp)
  if (target.ssl === 'disable' || target.host.startsWith('/')) return socket
  if (!(await offersTls(socket, giveUp))) {
    if (target.ssl === 'prefer') return socket
    socket.destroy()
    throw connectionError('TLS_REFUSED')
  }
  // What fails from here on is reported by the encrypted socket.
  const encrypted = connectTls(tlsOptions(target, socket.on('error', ignore)))
  await settled(encrypted, 'secureConnect', giveUp)
  return encrypted
}

/**
 * Asks the server to end what a backend is doing, on a connection of its own. Resolves when the server has closed
 * that connection; the request may come too late, and then hits whatever the backend does next.
 */
export async function cancelBackend(
  target: PostgresTarget,
  backend: { pid: number; secret: number },
  timeoutMs: number,
): Promise<void> {
  const socket = await connectSocket(target, timeoutMs)
  const request = Buffer.alloc(16)
  request.writeInt32BE(16, 0)
  request.writeInt32BE(80_877_102, 4)
  request.writeUInt32BE(backend.pid, 8)
  request.writeUInt32BE(backend.secret, 12)
  const closed = settled(socket, 'close', AbortSignal.timeout(timeoutMs))
  socket.resume().end(request)
  await closed
}

/** The server answers with one byte, S or N, before anything else. */
async function offersTls(socket: Socket, giveUp: AbortSignal): Promise<boolean> {
  socket.write(sslRequest)
  const answer = await settled<Buffer>(socket, 'data', giveUp)
  if (answer.length === 1) return answer[0] === 83
  // More bytes would be somebody's in between, to be taken for the server's after the handshake.
  socket.destroy()
  throw connectionError('TLS_INJECTION')
}

function tlsOptions(target: PostgresTarget, socket: Socket): ConnectionOptions {
  return {
    socket,
    host: target.host,
    // Providers that share an address tell their databases apart by this name.
    ...(isIP(target.host) === 0 && { servername: target.host }),
    // As libpq: only the modes that verify ask who the server is.
    rejectUnauthorized: target.ssl.startsWith('verify-'),
  }
}

/** Waits for an event and gives what comes with it; the socket is destroyed when another end comes first. */
function settled<Value>(socket: Socket, event: string, giveUp: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      socket.off(event, succeed).off('error', fail).off('close', close)
      giveUp.removeEventListener('abort', expire)
    }
    const succeed = (value: Value) => {
      stop()
      resolve(value)
    }
    const fail = (error: Error) => {
      stop()
      // A late error of a destroyed socket concerns nobody, and without a listener would end the process.
      socket.on('error', ignore).destroy()
      reject(error)
    }
    const close = () => fail(connectionError('CONNECTION_CLOSED'))
    const expire = () => fail(connectionError('CONNECT_TIMEOUT'))
    socket.once(event, succeed).once('error', fail).once('close', close)
    giveUp.addEventListener('abort', expire)
    if (giveUp.aborted) expire()
  })
}

const ignore = () => undefined

/** An error in the form of Node's: the code says what it is. */
export function connectionError(code: string): Error & { code: string } {
  return Object.assign(new Error(code), { code })
}
