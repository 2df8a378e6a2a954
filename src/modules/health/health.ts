import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import { version } from '../../version.ts'
import type { Health } from './health.schemas.ts'

/** What is known without asking the database anything: real traffic is the evidence. */
export function healthOf(app: FastifyInstance): Static<typeof Health> {
  const { config, database } = app
  const proof = app.proof()
  const last = database.lastOutcome()
  const { kind: durability } = config.durability
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
