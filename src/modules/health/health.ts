import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import { version } from '../../version.ts'
import type { Health } from './health.schemas.ts'

/** What is known without asking the database anything: real traffic is the evidence. */
export function healthOf(app: FastifyInstance): Static<typeof Health> {
  const { config, database } = app
  const proof = app.proof()
  const last = database.lastOutcome()
  const durability = durabilityOf(database.storedIn, config.platform)
  const degraded = last?.ok === false || durability === 'ephemeral'
  return {
    status: proof ? (degraded ? 'degraded' : 'healthy') : 'starting',
    version,
    instanceId: proof?.instanceId ?? null,
    uptimeSeconds: Math.floor(process.uptime()),
    storage: {
      engine: database.engine,
      durability,
      ...(last && {
        latencyMs: Math.round(last.latencyMs * 100) / 100,
        checkedAt: new Date(last.at).toISOString(),
      }),
      pool: database.pool(),
      migrations: proof?.migrations ?? { applied: 0, pending: 0, head: null },
    },
  }
}

/** Ready: the schema was proven, and the last thing asked of the database was not refused by it. */
export function isReady(app: FastifyInstance): boolean {
  return app.proof() !== undefined && app.database.lastOutcome()?.ok !== false
}

/** A file on a platform that wipes its disk at every deploy does not last; a server's database does. */
function durabilityOf(storedIn: 'file' | 'server', platform: string | undefined) {
  if (storedIn === 'server') return 'durable'
  return platform === undefined ? 'local' : 'ephemeral'
}
