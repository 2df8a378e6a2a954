import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, it } from 'vitest'
import { declarations, type Tables } from '../../src/database/tables/tables.ts'
import { databases } from '../support/databases.ts'
import { namesOf, watchRoutes } from '../support/declarations.ts'
import { startService, type Service } from '../support/service.ts'
import { strangeHost, faultsIn } from './answers.ts'
import { backupToken, metricsToken } from './callers.ts'
import { casesOf, type Case } from './cases.ts'
import { readTable } from './matrix.table.ts'
import { objects, type Parameters } from './objects.ts'
import { alone, requests, type Sent } from './requests.ts'
import { createRows, type Rows } from './rows.ts'

const lines = readTable()
const atOnce = 8

/** What an answer was, and what a refusal must not be. */
interface Asked extends Case {
  url: string
  sent: Sent
  authorization: string | undefined
  userId: string | undefined
  status?: number
  faults: string[]
}

describe.each(databases)('the matrix on $engine', ({ create }) => {
  const declared: string[] = []
  let service: Service
  let asked: Asked[]
  let before: Record<string, string>
  let after: Record<string, string>

  beforeAll(async () => {
    service = await watchRoutes(
      (route) => declared.push(...namesOf(route)),
      () =>
        startService(create, {
          BACKUP_TOKEN: backupToken,
          METRICS_TOKEN: metricsToken,
          REGISTRATION: 'open',
          PUBLIC_URL: 'https://specs.example.net',
          SECRET_KEYS: 'k1:a-canary-of-the-secret-keys-of-32-bytes',
        }),
    )
    asked = await prepare(service)
    const refusals = asked.filter(({ expected }) => expected >= 400)
    before = await digests(service.app)
    await all(refusals, (one) => ask(service.app, one))
    after = await digests(service.app)
    const grants = asked.filter(({ expected }) => expected < 400)
    await all(
      grants.filter(({ line }) => !alone.has(line.route)),
      (one) => ask(service.app, one),
    )
    for (const one of grants.filter(({ line }) => alone.has(line.route))) {
      await ask(service.app, one)
      await service.app.storage.unitOfWork({ evenFrozen: true }, (tx) =>
        tx.settings.remove('frozen'),
      )
    }
  }, 300_000)

  it('has a line for every route, and a route for every line', () => {
    const routes = declared.filter((name) => !/^(?:HEAD|OPTIONS) /.test(name))
    expect(lines.map(({ route }) => route).toSorted()).toEqual(routes.toSorted())
  })

  it.each(lines.map(({ route }) => route))('answers %s as the table says', (route) => {
    const own = asked.filter(({ line }) => line.route === route)
    expect(own.length).toBeGreaterThan(20)
    const surprises = own.filter(({ status, expected }) => status !== expected)
    expect({ of: surprises.length, first: surprises.slice(0, 8).map(told) }).toEqual({
      of: 0,
      first: [],
    })
  })

  it('answers with the headers of every answer, and tells nobody of what is others’ (security 3.9)', () => {
    const faults = asked.flatMap(({ faults: all, line, kind }) =>
      all.map((fault) => `${line.route} as ${kind.name}: ${fault}`),
    )
    expect([...new Set(faults)].slice(0, 20)).toEqual([])
  })

  it('changes nothing for anybody whom it refuses', () => {
    expect(after).toEqual(before)
  })
})

async function prepare({ app, call, login }: Service): Promise<Asked[]> {
  const rows = await createRows(app)
  await rows.keepDocument()
  const { text: exported } = await call('GET', '/api/export', { as: await login() })
  const asked = lines.flatMap(casesOf).map((one): Asked => {
    const { kind, line } = one
    const entered = kind.enter(rows)
    const parameters = parametersOf(rows, one, entered.userId)
    const sent = requests[line.route]?.({ ...entered, rows, parameters, exported }) ?? {}
    const [, pattern = ''] = line.route.split(' ')
    const url = pattern.replaceAll(/:(\w+)/g, (_all, name: string) => parameters[name] ?? '')
    return { ...one, sent, url, ...entered, faults: [] }
  })
  await rows.flush()
  return asked
}

function parametersOf(rows: Rows, { line, state }: Case, userId: string | undefined): Parameters {
  if (line.kind === undefined) return {}
  const make = objects[line.kind]
  if (!make) throw new Error(`the table has an object that nobody makes: ${line.kind}`)
  return make(rows, state, userId)
}

async function ask(app: FastifyInstance, one: Asked): Promise<void> {
  const { query = '', headers, body } = one.sent
  const answer = await app.inject({
    method: one.method as 'GET',
    url: one.url + query,
    headers: {
      host: strangeHost,
      'x-forwarded-host': strangeHost,
      ...(one.authorization !== undefined && { authorization: one.authorization }),
      ...headers,
    },
    ...(body !== undefined && { payload: body as object }),
  })
  // As a connection does that ends: the service waits for a body that it did not read.
  answer.raw.req.destroy()
  one.status = answer.statusCode
  one.faults.push(...faultsIn(one, answer))
}

/** A few at a time, in order. */
async function all<Item>(items: Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of waiting) await work(item)
    }),
  )
}

/** What is noted by asking alone, and by the service itself: its batches of usage have keys. */
const noted = new Set([
  'audit',
  'usage',
  'usageDays',
  'idempotency',
  'tokenUses',
  'limits',
  'jobs',
  'downloads',
])

/** A digest of each table that nobody who is refused may change. */
async function digests({ database }: FastifyInstance): Promise<Record<string, string>> {
  const names = (Object.keys(declarations) as (keyof Tables)[]).filter((name) => !noted.has(name))
  const now = new Date().toISOString()
  const entries = names.map(async (name) => {
    const rows = (await database.db.select().from(database.tables[name])) as {
      expiresAt?: string
    }[]
    // Retention takes what is over whenever it likes.
    const lasting = rows.filter(({ expiresAt = '9999' }) => expiresAt > now || name === 'invites')
    const texts = lasting.map((row) => JSON.stringify(row)).toSorted()
    return [name, `${texts.length} ${createHash('sha256').update(texts.join()).digest('hex')}`]
  })
  return Object.fromEntries(await Promise.all(entries)) as Record<string, string>
}

function told({ method, url, kind, state, status, expected }: Asked): string {
  return `${method} ${url} (${state}) as ${kind.name}: ${status}, not ${expected}`
}
