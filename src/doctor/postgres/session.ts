import type { Socket } from 'node:net'
import { answersOf, createClient, type Answer } from '../../database/postgres/client.ts'
import { connectionError, connectSocket } from '../../database/postgres/socket.ts'
import type { PostgresTarget } from '../../database/target/target.ts'

/** A connection on which somebody is logged in. */
export interface Session {
  /** The rows of one statement without parameters; in text or as the driver reads them. Rejects with a `code`. */
  ask: (sql: string) => Promise<unknown[][]>
  /** The number of the backend that the other end gave at the start: a pooler gives one of its own making. */
  startedAs: number
  encrypted: boolean
  close: () => void
}

/** Logs in, over what the target asks of TLS. Rejects with a `code`: the server's (SQLSTATE), Node's or the socket's. */
export async function openSession(target: PostgresTarget, timeoutMs: number): Promise<Session> {
  const until = performance.now() + timeoutMs
  const socket = await connectSocket(target, timeoutMs)
  const ask = askOn(createClient(target, socket), socket)
  const timer = setTimeout(
    () => socket.destroy(connectionError('CONNECT_TIMEOUT')),
    Math.max(1, until - performance.now()),
  )
  try {
    const first = await ask('select 1')
    return {
      ask: async (sql) => [...(await ask(sql))],
      startedAs: first.state.pid,
      encrypted: 'encrypted' in socket,
      close: () => void socket.destroy(),
    }
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** The driver leaves statements unanswered when the connection is lost: they are ended here. */
function askOn(client: ReturnType<typeof createClient>, socket: Socket) {
  let cause: Error = connectionError('CONNECTION_CLOSED')
  socket.on('error', (error) => (cause = error))
  const lost = new Promise<never>((_, reject) => socket.once('close', () => reject(cause)))
  lost.catch(() => undefined)

  return async (sql: string): Promise<Answer> => {
    const answered = Promise.resolve(client.script(sql))
    const answers = answersOf(await Promise.race([answered, lost]))
    const last = answers.at(-1)
    if (!last) throw connectionError('NO_ANSWER')
    return last
  }
}
