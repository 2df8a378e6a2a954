import type { PostgresTarget } from '../../database/target/target.ts'
import type { Findings } from '../step.ts'
import type { PostgresContext } from './context.ts'
import type { Refusal } from './refusal.ts'
import { explainRefusal } from './refusals.ts'
import { openSession } from './session.ts'

const loginMs = 10_000

/** Logs in, as the service does, to whatever database: whether that is there is a question of its own. */
export async function logIn(context: PostgresContext): Promise<Findings> {
  const { target, database } = context
  try {
    const timeoutMs = Math.min(loginMs, target.connectTimeoutMs ?? database.connectTimeoutMs)
    context.session = await openSession(target, timeoutMs)
  } catch (error) {
    const refusal = refusalOf(error, target)
    if (databaseRefused(refusal)) {
      context.refusal = refusal
      return { ok: true, says: `the server lets ${target.user} in.` }
    }
    return explainRefusal(refusal, context)
  }
  const how = context.session.encrypted ? 'over TLS' : 'without encryption'
  return { ok: true, says: `logged in as ${target.user}, ${how}.` }
}

/** What a server or a socket said, its text without the password, should it hold it. */
export function refusalOf(error: unknown, { password }: PostgresTarget): Refusal {
  if (!(error instanceof Error)) throw error
  // What is no protocol at all makes the driver fail in ways of its own.
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  const text = error.name === 'PostgresError' ? error.message : ''
  const clean = text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 300)
  return { code, text: password ? clean.replaceAll(password, '***') : clean }
}

/** After the login was accepted, the database is missing or closed to the user; poolers have no code for it. */
function databaseRefused({ code, text }: Refusal): boolean {
  if (code === '3D000' || code === '42501') return true
  return code === '08P01' && /^no such database|database ".*" does not exist/.test(text)
}
