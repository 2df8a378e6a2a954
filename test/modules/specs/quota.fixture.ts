import { randomUUIDv7 } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { Role } from '../../../src/database/tables/tables.ts'
import { quotaOf } from '../../../src/modules/specs/quota.ts'
import { createToken, hashToken } from '../../../src/tokens.ts'
import type { Service } from '../../support/service.ts'
import { openapi } from './specs.fixture.ts'

/** A document of exactly so many bytes. */
export function documentOf(bytes: number, text = '') {
  const empty = openapi('Sized', { text: `${text}-` }).length
  return openapi('Sized', { text: `${text}-${'x'.repeat(bytes - empty)}` })
}

/** Users of a service, with what they may have and do have. */
export function ownersOf(service: Service) {
  const { db, tables, unitOfWork } = service.app.database

  return {
    /** A new user, logged in, with a quota of his own or none. */
    async newOwner(role: Role = 'member', quota: { specs?: number; bytes?: number } = {}) {
      const id = randomUUIDv7()
      const as = createToken('session')
      const now = new Date().toISOString()
      const expiresAt = '2090-01-01T00:00:00.000Z'
      await unitOfWork({}, async (tx) => {
        await tx.insert(tables.users).values({
          id,
          username: `owner-${id.slice(-12)}`,
          role,
          status: 'active',
          createdAt: now,
          updatedAt: now,
          quotaSpecs: quota.specs ?? null,
          quotaBytes: quota.bytes ?? null,
        })
        const row = { id, userId: id, tokenHash: hashToken(as), createdAt: now, usedAt: now }
        await tx.insert(tables.sessions).values({ ...row, expiresAt })
      })
      return { as, id }
    },
    async setQuota(id: string, { specs, bytes }: { specs?: number; bytes?: number }) {
      await unitOfWork({}, async (tx) => {
        const quota = { quotaSpecs: specs ?? null, quotaBytes: bytes ?? null }
        await tx.update(tables.users).set(quota).where(eq(tables.users.id, id))
      })
    },
    quotaOf: (id: string) => quotaOf(service.app.storage, id, service.app.config.quota),
    /** How many rows there are that an upload writes. */
    async rows() {
      const counted = { specs: 0, versions: 0, documents: 0, specTokens: 0, downloads: 0, audit: 0 }
      for (const name of Object.keys(counted) as (keyof typeof counted)[]) {
        counted[name] = (await db.select({ id: tables[name].id }).from(tables[name])).length
      }
      return counted
    },
  }
}
