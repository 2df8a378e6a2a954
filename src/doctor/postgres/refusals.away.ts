import type { Findings } from '../step.ts'
import type { PostgresContext } from './context.ts'
import type { Refusal } from './refusal.ts'

/** All connections are taken. */
export function noSlot({ text }: Refusal, { database }: PostgresContext): Findings {
  return {
    ok: false,
    away: true,
    says: `the server has no connection left: ${text || 'too many connections'}`,
    remedy: `Close other programs that use it, or let fewer instances run, or lower DATABASE_POOL_MAX (now ${database.poolMax}) on each; then try again. With a provider that has a pooler, use the pooler's host.`,
  }
}

/** The server is there, and not ready. */
export function starting(): Findings {
  return {
    ok: false,
    away: true,
    says: 'the database is starting up, or recovering.',
    remedy: 'Wait and try again: the service itself waits for it, too.',
  }
}

/** The server is about to go. */
export function shuttingDown(): Findings {
  return {
    ok: false,
    away: true,
    says: 'the database is being shut down.',
    remedy: 'Start it again, or wait until its provider has.',
  }
}

/** A pooler is there, and its database is not. */
export function behindPooler({ text }: Refusal): Findings {
  return {
    ok: false,
    away: true,
    says: `a pooler answers, and cannot reach the database behind it: ${text}`,
    remedy: 'Start the database, or look at the log of the pooler; then try again.',
  }
}

/** No answer in time. */
export function tooLate(): Findings {
  return {
    ok: false,
    away: true,
    says: 'the login was not answered in time.',
    remedy:
      'A sleeping database may take longer to wake: try again, or raise DATABASE_CONNECT_TIMEOUT.',
  }
}

/** The connection ended before an answer. */
export function hungUp({ code }: Refusal): Findings {
  return {
    ok: false,
    away: true,
    says: `the connection was closed during the login (${code}).`,
    remedy: 'Look at the log of the server or of the pooler; try again.',
  }
}
