import { beforeAll, describe, expect, it } from 'vitest'
import { createAuditList } from '../../../src/audit/audit.list.repository.ts'
import type { AuditPlace, AuditRow } from '../../../src/audit/audit.row.ts'
import { databases } from '../../support/databases.ts'
import { startService, type Service } from '../../support/service.ts'
import { actions, actors, addRows, objects, rowOfIndex, start } from './rows.fixture.ts'

const count = 300
const time = (ms: number) => new Date(start + ms).toISOString()
const span = { from: time(0), to: time(1_000) }

/** What a filter means, said once more. */
const meanings: Record<string, (row: AuditRow, value: string) => boolean> = {
  actor: (row, value) => row.actorId === value,
  action: (row, value) => row.action === value || row.action.split('.')[0] === value,
  object: (row, value) => row.objectId === value,
  outcome: (row, value) => row.outcome === value,
  requestId: (row, value) => row.requestId === value,
  from: (row, value) => row.at >= value,
  to: (row, value) => row.at < value,
}

const choices: Record<string, (string | undefined)[]> = {
  actor: [undefined, actors[0], 'nobody'],
  action: [undefined, actions[0], 'spec', 'create'],
  object: [undefined, objects[2]],
  outcome: [undefined, 'refused'],
  requestId: [undefined, 'request-8'],
  from: [time(0), time(40)],
  to: [time(1_000), time(80)],
}

/** Every combination of the choices. */
const filters = Object.entries(choices).reduce<Record<string, string>[]>(
  (filters, [name, values]) =>
    filters.flatMap((filter) =>
      values.map((value) => (value === undefined ? filter : { ...filter, [name]: value })),
    ),
  [{}],
)

describe.each(databases)('GET /api/audit on $engine', ({ create }) => {
  let service: Service
  let admin: string
  const rows = Array.from({ length: count }, (_, i) => rowOfIndex(i))
  const newestFirst = rows.toSorted((a, b) =>
    a.at === b.at ? (a.id < b.id ? 1 : -1) : a.at < b.at ? 1 : -1,
  )

  beforeAll(async () => {
    service = await startService(create)
    admin = await service.login()
    await addRows(service.app, rows)
  })

  async function get(query: Record<string, string | number>) {
    const text = new URLSearchParams(query as Record<string, string>).toString()
    const answer = await service.call('GET', `/api/audit?${text}`, { as: admin })
    expect(answer.status, answer.text).toBe(200)
    return answer
  }

  /** Every page, to the end. */
  async function all(query: Record<string, string>, limit: number) {
    const ids: string[] = []
    for (let cursor: string | null | undefined; cursor !== null;) {
      const { json, headers } = await get({ ...query, limit, ...(cursor && { cursor }) })
      ids.push(...json.items.map(({ id }: { id: string }) => id))
      cursor = json.nextCursor as string | null
      if (cursor === null) expect(headers.link).toBeUndefined()
      else expect(headers.link).toContain(`cursor=${cursor}`)
    }
    return ids
  }

  it('shows an entry whole, the newest first', async () => {
    const { json } = await get({ ...span, limit: 2 })
    expect(json.items).toHaveLength(2)
    const row = newestFirst[0] as AuditRow
    expect(json.items[0]).toEqual({
      id: row.id,
      at: row.at,
      action: row.action,
      outcome: row.outcome,
      actor: { kind: row.actorKind, id: row.actorId, name: row.actorName, credentialId: null },
      object: row.objectId === null ? null : { kind: 'spec', id: row.objectId, name: null },
      address: '203.0.113.7',
      requestId: row.requestId,
      details: row.details,
    })
  })

  it(`answers each of ${filters.length} combinations of filters as it means, page by page`, async () => {
    for (const filter of filters) {
      const meant = newestFirst
        .filter((row) =>
          Object.entries(filter).every(([name, value]) => meanings[name]!(row, value)),
        )
        .map(({ id }) => id)
      const found = (await get({ ...filter, limit: 1000 })).json
      expect(
        found.items.map(({ id }: { id: string }) => id),
        JSON.stringify(filter),
      ).toEqual(meant)
      expect(found.nextCursor).toBeNull()
      if (meant.length > 0) expect(await all(filter, Math.ceil(meant.length / 3))).toEqual(meant)
    }
  })

  it('takes times as they are written elsewhere', async () => {
    const utc = await all({ from: time(40), to: time(80) }, 100)
    expect(await all({ from: '2026-11-20T12:00:00.04+02:00', to: time(80) }, 100)).toEqual(utc)
  })

  it.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=-1', 'limit'],
    ['actor=', 'actor'],
    ['action=spec.', 'action'],
    ["action=spec'--", 'action'],
    ['action=Spec', 'action'],
    ['outcome=failed', 'outcome'],
    ['requestId=a%20b', 'requestId'],
    ['from=yesterday', 'from'],
    ['to=9999-12-31T23:59:59-01:00', 'to'],
    ['from=2016-12-31T23:59:60Z', 'from'],
    ['address=203.0.113.7', 'address'],
  ])('refuses ?%s (security 3.5)', async (query, parameter) => {
    const answer = await service.call('GET', `/api/audit?${query}`, { as: admin })
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_request'])
    expect(answer.json.errors[0].parameter).toBe(parameter)
  })

  it('refuses the cursor of other filters, and of nothing', async () => {
    const { json } = await get({ ...span, limit: 5 })
    for (const query of [
      { cursor: json.nextCursor },
      { ...span, actor: 'ada', cursor: json.nextCursor },
      { ...span, cursor: 'eA' },
    ]) {
      const text = new URLSearchParams(query).toString()
      const answer = await service.call('GET', `/api/audit?${text}`, { as: admin })
      expect([answer.status, answer.json.code]).toEqual([400, 'invalid_cursor'])
    }
  })

  it('is for administrators, and for API tokens of theirs with ops:read (security 3.3)', async () => {
    expect((await service.call('GET', '/api/audit')).status).toBe(401)
    for (const role of ['member', 'editor'] as const) {
      const as = await service.tokenOf(role)
      expect((await service.call('GET', '/api/audit', { as })).status).toBe(403)
    }
    expect((await service.call('HEAD', '/api/audit', { as: admin })).status).toBe(200)
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      expect((await service.call(method, '/api/audit', { as: admin })).status).toBe(405)
    }
  })
})

describe.each(databases)('a long audit log on $engine', ({ create }) => {
  let service: Service
  let admin: string
  const rows = Array.from({ length: 9_000 }, (_, i) => rowOfIndex(i))

  beforeAll(async () => {
    service = await startService(create)
    admin = await service.login()
    await addRows(service.app, rows)
  }, 60_000)

  const get = async (query: string) => {
    const { status, json, text } = await service.call('GET', `/api/audit?${query}`, { as: admin })
    expect(status, text).toBe(200)
    return json
  }

  const requested = rows
    .filter((row) => row.requestId === 'request-8')
    .toSorted((a, b) => (a.at < b.at ? 1 : -1))
    .map(({ id }) => id)
  const idsOf = (found: { id: string }[]) => found.map(({ id }) => id)

  it('finds the few of a request wherever they lie', async () => {
    const page = await get('requestId=request-8&limit=1000')
    expect(idsOf(page.items)).toEqual(requested)
    expect(page.nextCursor).toBeNull()
    expect((await get('requestId=nobody&limit=10')).items).toEqual([])
  })

  it('gives up a page after so many entries, and goes on where that was', async () => {
    const { db, tables } = service.app.database
    const log = createAuditList(db, tables, { strideRows: 100, strides: 3 })
    const found: string[] = []
    let pages = 0
    for (let after: AuditPlace | null | undefined; after !== null; pages++) {
      const page = await log.list({ requestId: 'request-8' }, 4, after)
      const last = page.rows.length === 4 ? page.rows.at(-1) : null
      after = page.end ?? last ?? null
      found.push(...idsOf(page.rows))
    }
    expect(found).toEqual(requested)
    expect(pages).toBeGreaterThan(40)
  })
})
