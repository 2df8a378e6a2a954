import type { PostgresTarget } from '../../database/target/target.ts'
import { addressOf } from '../address.ts'
import type { Findings } from '../step.ts'
import type { PostgresContext } from './context.ts'
import { greet } from './greeting.ts'
import { connectPlain, placeOf } from './plain.socket.ts'

const usualPort = 5432
const connectMs = 5_000

/** Connects as the service does, and hangs up. */
export async function reach({ target }: PostgresContext): Promise<Findings> {
  const where = placeOf(target)
  const startedAt = performance.now()
  try {
    const socket = await connectPlain(target, connectMs)
    socket.destroy()
    const ms = Math.round(performance.now() - startedAt)
    return { ok: true, says: `connected to ${where} in ${ms} ms.` }
  } catch (error) {
    return unreached(target, (error as NodeJS.ErrnoException).code ?? 'unknown')
  }
}

async function unreached(target: PostgresTarget, code: string): Promise<Findings> {
  const where = placeOf(target)
  if (code === 'ECONNREFUSED') {
    return (
      (await atUsualPort(target)) ?? {
        ok: false,
        away: true,
        says: `nothing listens at ${where} (ECONNREFUSED).`,
        remedy:
          'Check the port (5432 is the usual one, 6432 or 6543 that of poolers), and whether the server runs and listens on this address (listen_addresses).',
      }
    )
  }
  if (code === 'ENOENT' || code === 'EACCES') {
    const missing = code === 'ENOENT'
    return {
      ok: false,
      ...(missing && { away: true }),
      says: `the socket ${where} ${missing ? 'is not there' : 'may not be used by this user'} (${code}).`,
      remedy: missing
        ? 'Start the server; its folder for sockets is that of "show unix_socket_directories", and the port is a part of the name. Or name a host in place of the socket.'
        : 'Run the service as a user that may use the socket, or name a host in place of it.',
    }
  }
  return {
    ok: false,
    away: true,
    says: `no connection to ${where} (${code}): packets go there and nothing comes back.`,
    remedy:
      'Check the host and the port, the firewall and the list of addresses that the provider lets in (0.0.0.0/0 for platforms whose addresses change), and whether the database is paused.',
  }
}

/** Asks once more at the port that PostgreSQL has where nobody chose another; the host is the target's own. */
async function atUsualPort(target: PostgresTarget): Promise<Findings | undefined> {
  if (target.path !== undefined || target.port === usualPort) return undefined
  const there = { ...target, port: usualPort }
  const greeting = await greet(there, 2_000)
  if (greeting.kind !== 'postgres') return undefined
  return {
    ok: false,
    says: `nothing listens at port ${target.port} of ${target.host}, but PostgreSQL answers at port ${usualPort}.`,
    remedy: `Use port ${usualPort}.`,
    corrected: addressOf(there),
  }
}
