import { connect, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { PostgresTarget } from '../target/target.ts'
import { saysPostgres, startTls, verifies } from './tls.ts'

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
  if (target.ssl === 'disable' || socketFile(target)) return connectPlain(target, giveUp)
  try {
    return await connectEncrypted(target, giveUp)
  } catch (error) {
    if (!mayGoPlain(target) || !isDisagreement(error)) throw error
    return connectPlain(target, giveUp)
  }
}

async function connectPlain(target: PostgresTarget, giveUp: AbortSignal): Promise<Socket> {
  const path = socketFile(target)
  const socket = connect(path ? { path } : { host: target.host, port: target.port, noDelay: true })
  await settled(socket, 'connect', giveUp)
  return socket
}

async function connectEncrypted(target: PostgresTarget, giveUp: AbortSignal): Promise<Socket> {
  const socket = await connectPlain(target, giveUp)
  if (!target.directTls && !(await offersTls(socket, giveUp))) {
    if (mayGoPlain(target)) return socket
    socket.destroy()
    throw connectionError('TLS_REFUSED')
  }
  const encrypted = startTls(target, socket.on('error', ignore))
  if (target.directTls) return settledDirectly(encrypted, giveUp)
  await settled(encrypted, 'secureConnect', giveUp)
  return encrypted
}

/** A server that knows only the question takes these bytes for nonsense, and hangs up. */
async function settledDirectly(encrypted: TLSSocket, giveUp: AbortSignal): Promise<Socket> {
  try {
    await settled(encrypted, 'secureConnect', giveUp)
  } catch (error) {
    throw isLoss(error) || isDisagreement(error) ? connectionError('TLS_NOT_DIRECT') : error
  }
  if (saysPostgres(encrypted)) return encrypted
  encrypted.destroy()
  throw connectionError('TLS_NOT_DIRECT')
}

/** Whether a connection ended before anybody said why. */
export function isLoss(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return ['CONNECTION_CLOSED', 'ECONNRESET', 'EPIPE'].includes(code)
}

/** Only where the mode says so, and nobody was named who could vouch for the server. */
function mayGoPlain(target: PostgresTarget): boolean {
  return target.ssl === 'prefer' && !target.directTls && !verifies(target)
}

/** The two have no TLS in common. A connection that breaks, or comes too late, says nothing of the kind. */
function isDisagreement(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return code === 'EPROTO' || code.startsWith('ERR_SSL_')
}

function socketFile({ path, host, port }: PostgresTarget): string | undefined {
  return path ?? (host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : undefined)
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
