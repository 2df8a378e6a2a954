import type { FastifyInstance } from 'fastify'
import { auditRow } from '../../../src/audit/entry.ts'
import type { AuditRow } from '../../../src/audit/audit.row.ts'
import { outcomes } from '../../../src/database/tables/activity.tables.ts'

export const actions = ['spec.create', 'spec.update', 'specs_of.create', 'user.create', 'job.run']
export const actors = ['ada', 'grace', 'alan']
export const objects = ['o-1', 'o-2', 'o-3', 'o-4']
export const start = Date.parse('2026-11-20T10:00:00.000Z')

/** The row of each number: several of one time, and every combination of what is filtered by. */
export function rowOfIndex(i: number): AuditRow {
  const actor = actors[i % 4]
  return {
    ...auditRow({
      action: actions[i % actions.length] as string,
      outcome: outcomes[i % 7 === 0 ? 1 : 0],
      actor: actor === undefined ? { kind: 'guest' } : { kind: 'user', id: actor, name: actor },
      object: i % 3 === 0 ? undefined : { kind: 'spec', id: objects[(i * 7) % 4] as string },
      address: '203.0.113.7',
      requestId: `request-${i % 50}`,
      details: { number: i },
    }),
    id: `row-${String((i * 7919) % 1_000_003).padStart(7, '0')}`,
    at: new Date(start + Math.floor(i / 3)).toISOString(),
  }
}

/** Puts rows beside those that are there, without a word of the service. */
export async function addRows({ database }: FastifyInstance, rows: AuditRow[]): Promise<void> {
  const { audit } = database.tables
  for (let from = 0; from < rows.length; from += 500) {
    await database.unitOfWork({}, async (tx) => {
      await tx.insert(audit).values(rows.slice(from, from + 500))
    })
  }
}
