import type { FastifyInstance } from 'fastify'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { admitFirst, createFirstAdmin } from '../../../src/modules/users/first-admin.ts'
import { databases } from '../../support/databases.ts'
import {
  clientOf,
  password,
  startApp,
  startInstance,
  startService,
  type Service,
} from '../../support/service.ts'
import { report, trials } from '../../support/trials.ts'
import { peopleOf, rowOf, times, type Person } from './people.fixture.ts'

describe.each(databases)('the last administrator on $engine', ({ create, engine }) => {
  let service: Service
  let call: Service['call']
  let elsewhere: Service['call']
  let people: ReturnType<typeof peopleOf>
  let one: Person
  let other: Person

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    elsewhere = (await startInstance(service.url)).call
    people = peopleOf(service.app)
    const bootstrap = await service.app.storage.users.byUsername('admin')
    await people.set(bootstrap?.id ?? '', { role: 'member' })
  })

  beforeEach(async () => {
    const rows = await service.app.database.db.select().from(service.app.database.tables.users)
    for (const { id } of rows) await people.set(id, { role: 'member' })
    ;[one, other] = [await people.make('admin'), await people.make('admin')]
  })

  const changes = {
    demote: (id: string, as: string, by = call) =>
      by('PATCH', `/api/users/${id}`, { as, body: { role: 'member' } }),
    disable: (id: string, as: string, by = call) =>
      by('PATCH', `/api/users/${id}`, { as, body: { status: 'disabled' } }),
    delete: (id: string, as: string, by = call) => by('DELETE', `/api/users/${id}`, { as }),
  }
  const kinds = Object.keys(changes) as (keyof typeof changes)[]

  async function adminsLeft(): Promise<string[]> {
    const rows = await service.app.database.db.select().from(service.app.database.tables.users)
    return rows
      .filter(({ role, status }) => role === 'admin' && status === 'active')
      .map(({ id }) => id)
  }

  it.each(kinds)('may %s himself while another one remains, and not after', async (kind) => {
    const first = await changes[kind](one.id, one.token)
    expect([200, 204]).toContain(first.status)
    const second = await changes[kind](other.id, other.token)
    expect([second.status, second.json.code]).toEqual([409, 'last_admin'])
    expect(await adminsLeft()).toEqual([other.id])
    expect((await call('GET', '/api/users', { as: other.token })).status).toBe(200)
  })

  it('is not held up by administrators who are disabled or cannot log in', async () => {
    await people.make('admin', { status: 'disabled' })
    await people.make('admin', { passwordHash: null })
    expect((await changes.demote(one.id, other.token)).status).toBe(200)
    for (const kind of kinds) {
      expect((await changes[kind](other.id, other.token)).json.code, kind).toBe('last_admin')
    }
  })

  it('may be changed in all else, and what is no administrator any more may go', async () => {
    await changes.demote(one.id, other.token)
    const body = { email: null, quotaSpecs: 3, role: 'admin', status: 'active' }
    expect((await call('PATCH', `/api/users/${other.id}`, { as: other.token, body })).status).toBe(
      200,
    )
    expect((await changes.disable(one.id, other.token)).status).toBe(200)
    expect((await changes.delete(one.id, other.token)).status).toBe(204)
  })

  it.each(kinds.flatMap((kind) => kinds.map((against) => [kind, against] as const)))(
    'remains when two %s and %s each other at once, on two instances',
    async (kind, against) => {
      const outcomes: Record<string, number> = {}
      for (const _ of Array(trials(4)).keys()) {
        const answers = await Promise.all([
          changes[kind](other.id, one.token, call),
          changes[against](one.id, other.token, elsewhere),
        ])
        const statuses = answers.map(({ status }) => status)
        const left = await adminsLeft()
        expect(left, String(statuses)).toHaveLength(1)
        expect(statuses.filter((status) => status < 300)).toHaveLength(1)
        for (const status of statuses) expect([200, 204, 401, 403, 404, 409]).toContain(status)
        const outcome = statuses.toSorted((a, b) => a - b).join()
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
        await people.set(left[0] ?? '', { role: 'member' })
        ;[one, other] = [await people.make('admin'), await people.make('admin')]
      }
      report(`two administrators ${kind} and ${against} each other on ${engine}`, outcomes)
    },
  )

  it.each(kinds)('remains when two %s themselves at once, on two instances', async (kind) => {
    const outcomes: Record<string, number> = {}
    for (const _ of Array(trials(6)).keys()) {
      const answers = await Promise.all([
        changes[kind](one.id, one.token, call),
        changes[kind](other.id, other.token, elsewhere),
      ])
      const left = await adminsLeft()
      const codes: string[] = answers.map(({ status, json }) => (status < 300 ? 'done' : json.code))
      const outcome = codes.toSorted().join()
      expect([outcome, left.length]).toEqual(['done,last_admin', 1])
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      await people.set(left[0] ?? '', { role: 'member' })
      ;[one, other] = [await people.make('admin'), await people.make('admin')]
    }
    report(`two administrators ${kind} themselves on ${engine}`, outcomes)
  })

  it('remains when ten all step back at once, on two instances', async () => {
    const more = await times(8, () => people.make('admin'))
    const answers = await Promise.all(
      [one, other, ...more].map(({ id, token }, i) =>
        changes[kinds[i % 3]!](id, token, i % 2 ? call : elsewhere),
      ),
    )
    const refused = answers.filter(({ status }) => status >= 300)
    expect(refused.map(({ json }) => json.code)).toEqual(['last_admin'])
    expect(await adminsLeft()).toHaveLength(1)
  })

  it('would be lost where they are counted before the unit: what the above would not miss', async () => {
    const { storage } = service.app
    // Apart, or whether they meet would depend on the machine.
    const others = await Promise.all([one, other].map(({ id }) => storage.users.otherAdmin(id)))
    await Promise.all(
      [one, other].map(async ({ id }, i) => {
        if (!others[i]) return
        await storage.unitOfWork({}, (tx) => tx.users.update(id, { role: 'member' }))
      }),
    )
    expect(await adminsLeft()).toEqual([])
  })
})

describe.each(databases)('the first administrator on $engine', ({ create, engine }) => {
  const nobody = { ADMIN_USERNAME: '', ADMIN_PASSWORD: '' }

  /** Two instances on a database without users. */
  async function instances(environment = {}): Promise<FastifyInstance[]> {
    const { app, url } = await startService(create, { ...nobody, ...environment })
    const second = await startApp({ DATABASE_URL: url, ...nobody, ...environment })
    await second.started
    return [app, second]
  }

  const usersOf = ({ database }: FastifyInstance) =>
    database.db.select().from(database.tables.users)

  it('is one of fifty who come at once by two instances, and only he is told of (security 3.1.7)', async () => {
    const apps = await instances()
    const rows = await times(50, (i) => rowOf('admin', { username: `admin-${i}` }))
    const made = await times(50, (i) => admitFirst(apps[i % 2]!.storage, rows[i]!))
    report(`50 first administrators on ${engine}`, { made: made.filter(Boolean).length })
    expect(made.filter(Boolean)).toHaveLength(1)
    const users = await usersOf(apps[0]!)
    expect(users.map(({ username }) => username)).toEqual([`admin-${made.indexOf(true)}`])
    const [row, ...others] = await peopleOf(apps[0]!).auditOf(users[0]?.id ?? '')
    expect(others).toEqual([])
    expect(row).toMatchObject({ action: 'user.create', actorKind: 'system' })
  })

  it('is one where each of them has his password hashed, too', async () => {
    const apps = await instances()
    const made = await times(16, (i) =>
      createFirstAdmin(apps[i % 2]!.storage, { username: `admin-${i}`, password }),
    )
    expect(made.filter(Boolean)).toHaveLength(1)
    expect(await usersOf(apps[0]!)).toHaveLength(1)
  })

  it('is many where it is asked before the unit: what the above would not miss', async () => {
    const apps = await instances()
    // Apart, or whether they meet would depend on the machine.
    const asked = await times(10, (i) => apps[i % 2]!.storage.users.exist())
    await times(10, async (i) => {
      if (asked[i]) return
      const user = await rowOf('admin', { username: `admin-${i}` })
      await apps[i % 2]!.storage.unitOfWork({}, (tx) => tx.users.create(user))
    })
    expect((await usersOf(apps[0]!)).length).toBeGreaterThan(1)
  })

  it('does not come by registering, be it open and nobody there (security 3.1.7)', async () => {
    const apps = await instances({ REGISTRATION: 'open' })
    const answers = await times(10, (i) =>
      clientOf(apps[i % 2]!).call('POST', '/api/auth/register', {
        body: { username: `early-${i}`, password },
      }),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set((await usersOf(apps[0]!)).map(({ role }) => role))).toEqual(new Set(['member']))
  })
})
