import { randomUUIDv7 } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, it } from 'vitest'
import { databaseErrorIn } from '../../../src/database/database.errors.ts'
import {
  acceptInvitation,
  findInvitation,
  locksOfInvitation,
} from '../../../src/modules/registration/invitation.ts'
import { admit } from '../../../src/modules/registration/register.ts'
import { createToken, hashToken } from '../../../src/tokens.ts'
import { databases } from '../../support/databases.ts'
import { clientOf, password, startApp, startService, type Service } from '../../support/service.ts'
import { report, trials } from '../../support/trials.ts'
import { countOf, inMs, peopleOf, rowOf, times, type Person } from '../users/people.fixture.ts'

describe.each(databases)('one invite, wanted by a hundred on $engine', ({ create, engine }) => {
  let service: Service
  let apps: FastifyInstance[]
  let inviter: Person

  beforeAll(async () => {
    service = await startService(create)
    const second = await startApp({ DATABASE_URL: service.url })
    await second.started
    apps = [service.app, second]
    inviter = await peopleOf(service.app).make('admin')
  })

  async function invite(): Promise<{ id: string; token: string }> {
    const token = createToken('invite')
    const id = randomUUIDv7()
    await service.app.storage.unitOfWork({}, (tx) =>
      tx.invites.create({
        id,
        role: 'member',
        email: null,
        tokenHash: hashToken(token),
        createdBy: inviter.id,
        createdAt: new Date().toISOString(),
        expiresAt: inMs(3_600_000),
        usedAt: null,
        usedBy: null,
      }),
    )
    return { id, token }
  }

  const appOf = (i: number) => apps[i % 2] as FastifyInstance

  async function made(prefix: string): Promise<string[]> {
    const rows = await service.app.database.db.select().from(service.app.database.tables.users)
    return rows.filter(({ username }) => username.startsWith(prefix)).map(({ id }) => id)
  }

  it('gets one of them in, by either of two instances: 1 × 201, 99 × 410 (security 3.6)', async () => {
    const { id, token } = await invite()
    const answers = await times(100, (i) =>
      clientOf(appOf(i)).call('POST', '/api/auth/register', {
        body: { username: `wave-${i}`, password, invite: token },
      }),
    )
    const counts = countOf(answers.map(({ status }) => status))
    report(`100 acceptances over HTTP on ${engine}`, counts)
    expect(counts).toEqual({ 201: 1, 410: 99 })
    const winner = answers.find(({ status }) => status === 201)
    expect(await made('wave-')).toEqual([winner?.json.id])
    expect((await service.app.storage.invites.byId(id))?.usedBy).toBe(winner?.json.id)
  })

  it('gets one of them in when all units begin at once, their passwords hashed before', async () => {
    const totals: Record<string, number> = {}
    for (const round of Array(trials(2)).keys()) {
      const { token } = await invite()
      const prefix = `unit-${round}-`
      const applicants = await times(100, async (i) => {
        const { storage } = appOf(i)
        const invitation = await findInvitation(storage, { token })
        const locks = locksOfInvitation(invitation)
        return { user: await rowOf('member', { username: prefix + i }), invitation, locks }
      })
      const outcomes = await times(100, async (i) => {
        const applicant = applicants[i]!
        const given = { username: applicant.user.username, password, invite: token }
        return patiently(() =>
          appOf(i)
            .storage.unitOfWork({ alone: applicant.locks }, (tx) => admit(tx, applicant, given))
            .then(() => 'in', codeOf),
        )
      })
      for (const one of outcomes) totals[one] = (totals[one] ?? 0) + 1
      expect(await made(prefix)).toHaveLength(1)
    }
    report(`100 units at once on ${engine}`, totals)
    expect(totals).toEqual({ in: trials(2), invite_invalid: trials(2) * 99 })
  })

  it('gets one of them in by the conditional write alone, without a lock', async () => {
    const { token } = await invite()
    const { storage } = service.app
    const invitation = await findInvitation(storage, { token })
    const users = await times(40, (i) => rowOf('member', { username: `write-${i}` }))
    const outcomes = await times(40, (i) =>
      appOf(i)
        .storage.unitOfWork({}, async (tx) => {
          await tx.users.create(users[i]!)
          await acceptInvitation(tx, invitation, users[i]!.id)
        })
        .then(() => 'in', codeOf),
    )
    expect(outcomes.filter((one) => one === 'in')).toHaveLength(1)
    expect(await made('write-')).toHaveLength(1)
  })

  it('gets many in where it is looked at before the unit only: what the above would not miss', async () => {
    const { id, token } = await invite()
    const users = await times(20, async (i) => {
      await findInvitation(appOf(i).storage, { token })
      return rowOf('member', { username: `naive-${i}` })
    })
    await times(20, (i) => {
      const { database } = appOf(i)
      const { users: people, invites } = database.tables
      const use = { usedBy: users[i]!.id, usedAt: new Date().toISOString(), tokenHash: null }
      return database.unitOfWork({}, async (tx) => {
        await tx.insert(people).values(users[i]!)
        await tx.update(invites).set(use).where(eq(invites.id, id))
      })
    })
    expect(await made('naive-')).toHaveLength(20)
    await expect(findInvitation(service.app.storage, { token })).rejects.toThrow()
  })

  it('either lets somebody in or is withdrawn, never both', async () => {
    const totals = { in: 0, withdrawn: 0 }
    for (const round of Array(trials(10)).keys()) {
      const { id, token } = await invite()
      const username = `late-${round}`
      const user = await rowOf('member', { username })
      const [accepted, revoked] = await Promise.all([
        findInvitation(apps[0]!.storage, { token })
          .then((invitation) => {
            const applicant = { user, invitation, locks: locksOfInvitation(invitation) }
            return apps[0]!.storage.unitOfWork({ alone: applicant.locks }, (tx) =>
              admit(tx, applicant, { username, password, invite: token }),
            )
          })
          .then(() => 'in', codeOf),
        clientOf(apps[1]!).call('DELETE', `/api/invites/${id}`, { as: inviter.token }),
      ])
      const won = accepted === 'in'
      expect([accepted, revoked.status]).toEqual(won ? ['in', 409] : ['invite_invalid', 204])
      expect((await made(username)).length > 0).toBe(won)
      totals[won ? 'in' : 'withdrawn']++
    }
    report(`acceptance against withdrawal on ${engine}`, totals)
  })
})

function codeOf(error: unknown): string {
  return databaseErrorIn(error)?.kind ?? String((error as { code?: string }).code).toLowerCase()
}

/** Whoever is sent away because too many wait comes again. */
async function patiently(act: () => Promise<string>): Promise<string> {
  const outcome = await act()
  return outcome === 'busy' ? patiently(act) : outcome
}
