import BetterSqlite3 from 'better-sqlite3'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addSpecs, everywhere, isOpen, searches, slugOfIndex } from '../../../bench/specs.data.ts'
import type { Queryable } from '../../../src/database/database.ts'
import { createQueryable as postgresQueryable } from '../../../src/database/postgres/queryable.ts'
import { createQueryable as sqliteQueryable } from '../../../src/database/sqlite/queryable.ts'
import { sorts } from '../../../src/modules/specs/list/list.order.repository.ts'
import {
  createStatements,
  type Shape,
  type Source,
} from '../../../src/modules/specs/list/list.statements.repository.ts'
import { databases } from '../../support/databases.ts'
import { startService, type Service } from '../../support/service.ts'

const count = 6_000
const sources: Source[] = ['all', 'open', 'owner', 'words', 'owned']

/** The index that each walk has to go along. */
const indexes: Record<string, string> = {
  'new all': 'specs_created',
  'new open': 'specs_open_created',
  'new owner': 'specs_owner',
  'updated all': 'specs_updated',
  'updated open': 'specs_open_updated',
  'title all': 'specs_title',
  'title open': 'specs_open_title',
  'downloads all': 'downloads_count',
}

const booleans = [false, true]

/** So many that no planner is right to read all of a table. */
const copies = `(${Array.from({ length: 9 }, (_, i) => `select ${i} as n`).join(' union all ')})`
const moreSpecs = [
  `insert into specs select id || '-' || n, slug || '-' || n, title, title_key, summary, owner_id, visibility, tags,
    format, latest_id || '-' || n, open, revision, created_at, updated_at from specs, ${copies} as copies`,
  `insert into versions select id || '-' || n, spec_id || '-' || n, version, state, document_id, format, media_type,
    bytes, valid, findings, operations, created_at from versions, ${copies} as copies`,
  `insert into downloads select id || '-' || n, count from downloads, ${copies} as copies`,
  `insert into spec_tokens (id, tokens) select id || '-' || n, 'copy' from spec_tokens, ${copies} as copies`,
]

/** Every statement that a page can come from. */
const shapes: Shape[] = sorts.flatMap((sort) =>
  sources.flatMap((source) =>
    booleans.flatMap((worded) =>
      booleans.flatMap((after) => {
        const isWalk = source !== 'words' && source !== 'owned'
        if (isWalk && !indexes[`${sort} ${source}`]) return []
        const shape = { sort, source, worded, after, until: isWalk && worded, size: 21 as const }
        return [{ ...shape, filtered: worded || source === 'owned' }]
      }),
    ),
  ),
)

const title = ({ sort, source, worded, after }: Shape) =>
  `${sort} from ${source}${worded ? ', filtered' : ''}${after ? ', after a place' : ''}`

/** On a busy machine the server would make some of its own in the middle. */
async function leaveStatistics(url: string): Promise<void> {
  const client = postgres(url, { max: 1 })
  for (const table of ['specs', 'versions', 'documents', 'downloads', 'spec_tokens', 'users']) {
    await client.unsafe(`alter table ${table} set (autovacuum_enabled = off)`)
  }
  await client.end()
}

describe.each(databases)('many specs on $engine', ({ engine, create }) => {
  let service: Service
  let ownerId: string
  let explain: (sql: string, params: unknown[], mode: string) => Promise<string>
  let run: (statements: string[]) => Promise<void>
  let close: () => Promise<void> | void

  beforeAll(async () => {
    service = await startService(create)
    const { database, storage } = service.app
    ownerId = (await storage.users.byUsername('admin'))!.id
    const { url } = service
    if (engine === 'postgres') await leaveStatistics(url)
    await addSpecs(database, { count, ownerId })
    if (engine === 'sqlite') {
      const file = new BetterSqlite3(url.replace('sqlite:///', ''))
      close = () => void file.close()
      run = (statements) => Promise.resolve(void file.exec(statements.join(';')))
      explain = (sql, params) => {
        const rows = file.prepare(`explain query plan ${sql}`).all(params.map(() => null))
        return Promise.resolve((rows as { detail: string }[]).map((row) => row.detail).join('\n'))
      }
    } else {
      const client = postgres(url, { max: 1, onnotice: () => undefined })
      close = () => client.end()
      run = async (statements) => {
        for (const statement of statements) await client.unsafe(statement)
      }
      explain = async (sql, params, mode) => {
        await client.unsafe(`set plan_cache_mode = ${mode}`)
        await client.unsafe(`prepare asked as ${sql}`)
        const values = params.map((value) => `'${String(value).replaceAll("'", "''")}'`).join(', ')
        const rows = await client.unsafe(`explain execute asked${values && `(${values})`}`)
        await client.unsafe('deallocate asked')
        return rows.map((row) => String(row['QUERY PLAN'])).join('\n')
      }
    }
  }, 120_000)
  afterAll(() => close())

  /** What a statement of the list would run. */
  async function statementOf(
    choose: (statements: ReturnType<typeof createStatements>) => object,
    [afterKey, untilKey]: unknown[],
  ) {
    let seen = { sql: '', params: [] as unknown[] }
    const record = (sql: string, params: unknown[]) => {
      seen = { sql, params }
      return Promise.resolve({ rows: [] })
    }
    const make = engine === 'sqlite' ? sqliteQueryable : postgresQueryable
    const db: Queryable = make(record)
    const { tables, words } = service.app.database
    const wanted = { whole: ['get'], prefix: everywhere }
    const chosen = choose(createStatements(db, tables, words)) as {
      execute: (values: object) => Promise<unknown>
    }
    const values = { all: 0, me: '', owner: ownerId, visibility: '', format: '', most: 2001 }
    const asked = { ...words.values(wanted), match: words.match(wanted) }
    const keys = { afterKey, untilKey, afterId: 'x', untilId: 'x' }
    await chosen.execute({ ...values, ...asked, ...keys })
    return seen
  }

  const times = ['2026-01-03T12:00:00.000Z', '2026-01-02T12:00:00.000Z']
  const places = { new: times, updated: times, title: ['m', 'n'], downloads: [500, 480] }

  async function planOf(
    sort: Shape['sort'],
    choose: (statements: ReturnType<typeof createStatements>) => object,
    mode: string,
  ) {
    const { sql, params } = await statementOf(choose, places[sort])
    return explain(sql, params, mode)
  }

  const noScan =
    /Seq Scan|Hash Join|Merge Join|SCAN (?:versions|downloads|spec_tokens|users)(?! USING)/
  const sorting = /Sort|TEMP B-TREE/

  const get = async (query: string, as?: string) => {
    const { status, json, text } = await service.call('GET', `/api/specs?${query}`, { as })
    expect(status, text).toBe(200)
    return json.items.map(({ slug }: { slug: string }) => slug) as string[]
  }

  it('gives up to a thousand in one answer, the same as page by page', async () => {
    const all = Array.from({ length: count }, (_, i) => i).toReversed()
    const open = all.filter(isOpen).map(slugOfIndex)
    expect(await get('limit=1000')).toEqual(open.slice(0, 1000))
    expect(await get(`limit=1000&q=${everywhere}`)).toEqual(open.slice(0, 1000))
    const admin = await service.login()
    expect(await get('limit=1000', admin)).toEqual(all.slice(0, 1000).map(slugOfIndex))
    const closed = all.filter((i) => i % 20 === 7).map(slugOfIndex)
    expect(await get('limit=1000&visibility=private', admin)).toEqual(closed)
    expect(await get('limit=1000&visibility=private&sort=downloads', admin)).toHaveLength(
      closed.length,
    )
  })

  it('finds few among many, wherever they lie in the order', async () => {
    const wanted = all50()
    for (const sort of sorts) {
      expect(await get(`q=area+zebra&limit=1000&sort=${sort}`)).toEqual([])
      const tagged = await get(`tag=area-49&limit=1000&sort=${sort}`)
      expect(tagged.toSorted()).toEqual(wanted)
    }
    const rare = searches(count, 8)[0]!
    const found = await get(`q=${rare}&limit=1000`)
    expect(found.length).toBeGreaterThan(20)
    expect(await get(`q=${everywhere}+${rare}&limit=1000`)).toEqual(found)
    // One letter: found along the order, not by counting.
    expect(await get(`q=${rare}+a&limit=1000`)).toEqual(found)
    expect(await get('q=a-&limit=3')).toEqual(await get('limit=3'))
  })

  function all50(): string[] {
    const indexes = Array.from({ length: count }, (_, i) => i)
    return indexes
      .filter((i) => i % 50 === 49 && isOpen(i))
      .map(slugOfIndex)
      .toSorted()
  }

  // First without statistics, as after an import; then with them.
  describe.each(['no statistics', 'statistics'])('with %s', (statistics) => {
    beforeAll(async () => {
      if (statistics === 'no statistics') await run(moreSpecs)
      else await run([engine === 'sqlite' ? 'analyze' : 'vacuum analyze'])
    }, 120_000)

    const modes = engine === 'sqlite' ? ['any'] : ['force_generic_plan', 'force_custom_plan']
    const cases = shapes.flatMap((shape) =>
      modes.map((mode) => [title(shape), mode, shape] as const),
    )

    it.each(cases)('goes along an index: %s (%s)', async (_title, mode, shape) => {
      const plan = await planOf(shape.sort, (statements) => statements.page(shape), mode)
      expect(plan).not.toMatch(noScan)
      const index = indexes[`${shape.sort} ${shape.source}`]
      if (index) {
        // Between two places there are few: they may be sorted, and come by the index of open ones or of all.
        const either = shape.until ? index.replace(/specs_(?:open_)?/, 'specs_(?:open_)?') : index
        expect(plan).toMatch(new RegExp(`\\b${either}\\b`))
        if (!shape.until) expect(plan).not.toMatch(sorting)
      } else {
        expect(plan).toMatch(
          shape.source === 'owned' ? /specs_owner/ : /holdfast_search|spec_tokens_vector/,
        )
      }
    })

    it.each(modes)('counts and steps along indexes (%s)', async (mode) => {
      for (const after of booleans) {
        for (const sort of sorts) {
          const plan = await planOf(
            sort,
            (statements) => statements.stride(sort, 'all', after),
            mode,
          )
          expect(plan).toMatch(new RegExp(indexes[`${sort} all`]!))
          expect(plan).not.toMatch(noScan)
          expect(plan).not.toMatch(sorting)
        }
      }
      const words = await planOf('new', ({ countWords }) => countWords, mode)
      expect(words).toMatch(/holdfast_search|spec_tokens_vector/)
      expect(words).not.toMatch(noScan)
      const owned = await planOf('new', ({ countOwned }) => countOwned, mode)
      expect(owned).toMatch(/specs_owner/)
    })
  })

  it('finds a plan to be bad that is: the control', async () => {
    const sql =
      engine === 'sqlite'
        ? 'select count(*) from versions where bytes > 5'
        : 'select * from versions where bytes > 5'
    expect(await explain(sql, [], 'force_custom_plan')).toMatch(noScan)
    const sorted = await explain('select * from specs order by summary', [], 'force_custom_plan')
    expect(sorted).toMatch(sorting)
  })
})
