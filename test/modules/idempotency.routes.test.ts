import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createRepeat } from '../../src/idempotency/repeat.ts'
import { registry, tableOf } from '../../src/portability/registry.ts'
import { databases } from '../support/databases.ts'
import { namesOf, watchRoutes } from '../support/declarations.ts'
import { startService, type Answer, type CallOptions, type Service } from '../support/service.ts'
import { document, mutations, type Request } from './idempotency.routes.ts'

const changing = /^(POST|PUT|PATCH|DELETE) /
const secretKey = 'an entirely secret key of these tests'
const environment = { REGISTRATION: 'open', SECRET_KEYS: `k1:${secretKey}` }

/** What the service does of its own accord, near requests; and the count of refusals. */
const ownAccord = new Set(['idempotency', 'usage', 'usage_days', 'jobs', 'limits'])

describe.each(databases)('under an Idempotency-Key, on $engine', ({ create }) => {
  let service: Service
  let admins: [string, string]
  /** The action of each, for the audit log. */
  const routes = new Map<string, string | undefined>()
  let keys = 0

  beforeAll(async () => {
    service = await watchRoutes(
      (route) => {
        for (const name of namesOf(route)) {
          if (changing.test(name)) routes.set(name, route.config?.action)
        }
      },
      () => startService(create, environment),
    )
    admins = [await service.tokenOf('admin'), await service.tokenOf('admin')]
    // So that it is not due by itself in the middle, when a request for it would find it running.
    await service.call('POST', '/api/ops/run/retention', { as: admins[0] })
  })

  afterEach(() => service.call('POST', '/api/ops/thaw', { as: admins[0] }))

  const newKey = () => `the-key-${++keys}-of-these-tests`

  function send(name: string, { url, ...request }: CallOptions & { url: string }, key: string) {
    const [method] = name.split(' ') as ['POST']
    const headers = { ...request.headers, 'idempotency-key': key }
    return service.call(method, url, { ...request, headers })
  }

  /** Every row that requests are the cause of, unless they are refused. */
  async function state(): Promise<string> {
    const { database } = service.app
    const rows = []
    for (const table of registry.filter(({ name }) => !ownAccord.has(name))) {
      const found = await database.db.select().from(tableOf(database, table))
      const caused = found.filter(({ outcome }) => outcome !== 'refused')
      rows.push([table.name, caused.map((row) => JSON.stringify(row)).sort()])
    }
    return JSON.stringify(rows, null, 1)
  }

  async function kept(): Promise<string> {
    const { db, tables } = service.app.database
    return JSON.stringify(await db.select().from(tables.idempotency))
  }

  /** How often the audit log tells that it was done. */
  async function timesDone(name: string): Promise<number> {
    const { db, tables } = service.app.database
    const rows = await db.select().from(tables.audit)
    return rows.filter(({ action, outcome }) => action === routes.get(name) && outcome === 'done')
      .length
  }

  it('every route that changes something is tried, and no other', () => {
    expect([...routes.keys()].sort()).toEqual(Object.keys(mutations).sort())
  })

  describe.each(Object.entries(mutations))('%s', (name, mutation) => {
    it('gives the first answer again, and does nothing', async () => {
      const request = await mutation.arrange(service, admins[0])
      const key = newKey()
      const before = await state()
      const first = await send(name, request, key)
      expect(first.status, first.text).toBe(request.status)
      expect(first.headers['idempotent-replayed']).toBeUndefined()
      const after = await state()
      expect(after).not.toBe(before)

      const again = await send(name, request, key)
      expect(await state()).toBe(after)
      if (mutation.endsItself) return expect(again.status).toBe(401)
      expect(again.status, again.text).toBe(request.status)
      expect(again.text).toBe(first.text)
      expect(again.headers['idempotent-replayed']).toBe('true')
      for (const header of ['location', 'etag', 'cache-control']) {
        expect([header, again.headers[header]]).toEqual([header, first.headers[header]])
      }

      await isSealed({ request, first, key })
    })

    it('refuses another request, and does nothing', async () => {
      const request = await mutation.arrange(service, admins[0])
      const key = newKey()
      const first = await send(name, request, key)
      expect(first.status, first.text).toBe(request.status)
      const after = await state()
      const other = await send(name, { ...request, ...request.other }, key)
      expect([other.status, other.json?.code]).toEqual([422, 'idempotency_key_reused'])
      expect(await state()).toBe(after)
    })

    it('changes once what comes at once', async () => {
      const request = await mutation.arrange(service, admins[0])
      const key = newKey()
      const before = await timesDone(name)
      const answers = await Promise.all(Array.from({ length: 4 }, () => send(name, request, key)))
      expect((await timesDone(name)) - before).toBe(1)
      const may = mutation.endsItself ? [401] : (mutation.meanwhile ?? [])
      const given = answers.filter(({ status }) => !may.includes(status))
      expect(new Set(given.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
      expect(given[0]?.status, given[0]?.text).toBe(request.status)
      const firsts = given.filter(({ headers }) => headers['idempotent-replayed'] === undefined)
      expect(firsts).toHaveLength(1)
    })

    // Guests are one caller, and one whose session has ended is none.
    if (mutation.guests || mutation.endsItself) return
    it('knows callers apart', async () => {
      const key = newKey()
      for (const as of admins) {
        const request = await mutation.arrange(service, as)
        const answer = await send(name, request, key)
        expect(answer.status, answer.text).toBe(request.status)
        expect(answer.headers['idempotent-replayed']).toBeUndefined()
        await service.call('POST', '/api/ops/thaw', { as })
      }
    })
  })

  it('without a key, what comes at once is done as often as it comes (control)', async () => {
    const name = 'POST /api/announcements'
    const {
      url,
      status: _,
      other: __,
      ...request
    } = await mutations[name]!.arrange(service, admins[0])
    const before = await timesDone(name)
    await Promise.all(Array.from({ length: 4 }, () => service.call('POST', url, request)))
    expect((await timesDone(name)) - before).toBe(4)
  })

  describe('an upload of a version', () => {
    it.each([
      ['deleted', 'DELETE', undefined],
      ['renamed', 'PATCH', { slug: 'another-name' }],
    ] as const)(
      'gets its first answer again when its spec was %s since',
      async (_, method, body) => {
        const [as] = admins
        const made = await service.call('POST', '/api/specs', { as, body: document('Title') })
        const url = `/api/specs/${made.json.slug}`
        const next = { url: `${url}/versions`, as, body: document('Title', '2.0.0') }
        const key = newKey()
        const first = await send('POST', next, key)
        expect(first.status, first.text).toBe(201)
        expect((await service.call(method, url, { as, body })).status).toBeLessThan(300)

        const again = await send('POST', next, key)
        expect([again.status, again.text]).toEqual([201, first.text])
        expect(again.headers['idempotent-replayed']).toBe('true')
        const other = await send('POST', { ...next, body: document('Other') }, key)
        expect([other.status, other.json.code]).toEqual([422, 'idempotency_key_reused'])
        expect((await send('POST', next, newKey())).status).toBe(404)
      },
    )
  })

  /** The record holds no secret of the request nor of its answer, and the keys of the service do not open it. */
  async function isSealed(of: { request: Request; first: Answer; key: string }) {
    const { request, first, key } = of
    const secrets = [key, request.as, first.json?.token, ...secretsIn(request.body)]
    const records = await kept()
    for (const secret of secrets) if (secret) expect(records).not.toContain(secret)
    const { db, tables } = service.app.database
    for (const { answer } of await db.select().from(tables.idempotency)) {
      for (const other of [secretKey, `k1:${secretKey}`, 'k1']) {
        const repeat = createRepeat({ caller: 'guest', key: other, content: '' })
        expect(() => repeat.open(answer)).toThrow()
      }
    }
  }
})

function secretsIn(body: unknown): string[] {
  if (typeof body !== 'object' || body === null) return []
  return ['password', 'current', 'new', 'token', 'invite'].flatMap((key) => {
    const value = (body as Record<string, unknown>)[key]
    return typeof value === 'string' ? [value] : []
  })
}
