import type { Findings } from '../step.ts'
import { sessionOf, type PoolerMode, type PostgresContext } from './context.ts'
import { openSession, type Session } from './session.ts'

const secondMs = 3_000

/** What stands between: a server, or a pooler, and of which kind; and whether the settings fit it. */
export async function lookForPooler(context: PostgresContext): Promise<Findings> {
  const { target, database } = context
  const mode = await modeOf(context)
  const says = sentences[mode]
  context.pooler = mode
  const set = database.poolMode
  if (mode === 'transaction' && (set === 'direct' || set === 'session')) {
    return {
      ok: false,
      says: `${says} DATABASE_POOL_MODE=${set} lets the service use named statements, which fail behind it.`,
      remedy: 'Unset DATABASE_POOL_MODE, or set it to transaction.',
    }
  }
  if (mode === 'direct' && (set === 'transaction' || target.transactionPooler)) {
    return {
      ok: true,
      says,
      remedy:
        'DATABASE_POOL_MODE=transaction (or pgbouncer=true in the address) is not needed: without it, statements are faster.',
    }
  }
  if (mode === 'session' && set === 'auto') {
    return {
      ok: true,
      says,
      remedy: 'DATABASE_POOL_MODE=session lets the service name its statements, which costs less.',
    }
  }
  return { ok: true, says }
}

const sentences: Record<PoolerMode, string> = {
  direct: 'no pooler: a direct connection.',
  session: 'a pooler in session mode.',
  transaction: 'a pooler in transaction mode; the service names no statements there.',
  unknown: 'a pooler, whose mode does not show; the service names no statements there.',
}

/**
 * A pooler gives a backend's number of its own making at the start. Its mode shows when another connection, inside a
 * transaction, gets the very backend that the first one was just answered by, or drives it to another one.
 */
async function modeOf(context: PostgresContext): Promise<PoolerMode> {
  const first = sessionOf(context)
  const backend = await backendOf(first)
  if (backend === first.startedAs) return 'direct'
  let second: Session | undefined
  try {
    second = await openSession(context.target, secondMs)
    const seconds = await within(secondMs, second.ask('begin; select pg_backend_pid()'))
    if (Number(seconds?.[0]?.[0]) === backend) return 'transaction'
    const again = await within(secondMs, backendOf(first))
    if (again === undefined) return 'unknown'
    return again === backend ? 'session' : 'transaction'
  } catch {
    // One that has no second connection to give does not show its mode.
    return 'unknown'
  } finally {
    second?.close()
  }
}

async function backendOf(session: Session): Promise<number> {
  const [row] = await session.ask('select pg_backend_pid()')
  return Number(row?.[0])
}

async function within<Value>(ms: number, work: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const expiry = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  try {
    return await Promise.race([work, expiry])
  } finally {
    clearTimeout(timer)
  }
}
