import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createPostgres } from '../support/databases.ts'
import { clean, judge } from '../support/history.ts'
import { pgbouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { admin, startProcess, type ServiceProcess } from '../support/process.ts'
import { report, trials } from '../support/trials.ts'
import { startWriters } from '../support/writers.ts'
import { engines, onServer } from './engines.fixture.ts'
import { killUnderWriters } from './kill.fixture.ts'

const requests = trials(10) * 200
const restarts = trials(2)
const clients = 16
const { rows, findings } = engines.find(({ engine }) => engine === 'postgres')!

describe('behind PgBouncer in transaction mode with two connections', () => {
  let url: string

  beforeAll(async () => {
    ;({ url } = await createPostgres())
  })

  async function startBehind(context: { skip: (why: string) => void }) {
    if (!pgbouncer) context.skip('pgbouncer is not installed')
    const pooler = await startPgBouncer({ url, mode: 'transaction', poolSize: 2 })
    onTestFinished(() => pooler.stop())
    const service = await startProcess({ DATABASE_URL: pooler.url })
    await service.ready()
    return { pooler, service, token: await service.login() }
  }

  test(
    'mixed requests of 16 clients are all answered, none with a 5xx',
    { timeout: 60_000 + requests * 20 },
    async (context) => {
      const { pooler, service, token } = await startBehind(context)
      const statuses = new Map<string, number>()
      let slowestMs = 0
      let sent = 0
      const startedAt = performance.now()

      await Promise.all(
        Array.from({ length: clients }, async () => {
          const next = createMix(service, token)
          while (sent < requests) {
            sent += 1
            const { kind, expected, reply } = await next()
            slowestMs = Math.max(slowestMs, reply.ms)
            const name = `${kind} ${reply.status}`
            statuses.set(name, (statuses.get(name) ?? 0) + 1)
            expect({ kind, status: reply.status, text: reply.text.slice(0, 300) }).toMatchObject({
              kind,
              status: expected,
            })
          }
        }),
      )

      const health = (await service.call('GET', '/health')).json
      report('PgBouncer', {
        requests: sent,
        seconds: Math.round((performance.now() - startedAt) / 1000),
        slowestMs: Math.round(slowestMs),
        statuses: Object.fromEntries(statuses),
      })
      expect(slowestMs).toBeLessThan(6000)
      expect(health.status).toBe('healthy')
      expect(health.storage.pool).toMatchObject({ timeouts: 0, inUse: 0, waiting: 0 })
      // Its two connections serve whoever comes next: neither a lock nor a setting of ours may be left on them.
      await expect.poll(() => findings(url), { timeout: 5000 }).toEqual([])
      expect(await settingsLeft(pooler.url)).toEqual([])
      await service.stop()
    },
  )

  test(
    'a service that is killed leaves nothing behind, loses nothing, and does nothing twice',
    { timeout: 60_000 + restarts * 3_000 },
    async (context) => {
      if (!pgbouncer) context.skip('pgbouncer is not installed')
      const pooler = await startPgBouncer({ url, mode: 'transaction', poolSize: 2 })
      onTestFinished(() => pooler.stop())
      const before = new Set((await rows(url)).map(({ id }) => id))
      const { history, figures } = await killUnderWriters({ DATABASE_URL: pooler.url }, restarts)
      const added = (await rows(url)).filter(({ id }) => !before.has(id))
      const verdict = judge(history, added)
      report('kill -9, behind PgBouncer', { ...figures, ...verdict })
      expect(verdict).toEqual(clean)
      await expect.poll(() => findings(url), { timeout: 10_000, interval: 200 }).toEqual([])
    },
  )

  test(
    'that crashes and comes back, nothing is lost and nothing done twice',
    { timeout: 60_000 + restarts * 3_000 },
    async (context) => {
      const { pooler, service, token } = await startBehind(context)
      const before = new Set((await rows(url)).map(({ id }) => id))
      const writers = startWriters({ client: service, token, count: clients })
      for (let restart = 0; restart < restarts; restart += 1) {
        await pause(300 + Math.random() * 500)
        await pooler.restart()
      }
      await pause(300)
      await writers.stop()
      const verdict = judge(
        writers.history,
        (await rows(url)).filter(({ id }) => !before.has(id)),
      )
      report('PgBouncer restarted', {
        restarts,
        operations: writers.history.length,
        statuses: Object.fromEntries(writers.statuses),
        slowestMs: Math.round(writers.slowestMs()),
        ...verdict,
      })
      expect(verdict).toEqual(clean)
      expect(writers.history.every(({ outcome }) => outcome === 'ok')).toBe(true)
      expect([200, 201, 503]).toEqual(expect.arrayContaining([...writers.statuses.keys()]))
      expect(writers.slowestMs()).toBeLessThan(15_000)
      await expect.poll(() => findings(url), { timeout: 5000 }).toEqual([])
      await service.stop()
    },
  )
})

/** One client's requests, each of another kind than the one before, in the proportions of a busy day. */
function createMix(service: ServiceProcess, as: string) {
  const path = '/api/announcements'
  const mine: string[] = []
  let n = 0

  return async function next() {
    n += 1
    const keyed = { as, headers: { 'idempotency-key': randomUUID() } }
    const id = mine.at(-1)
    if (n % 200 === 0) {
      const reply = await service.call('POST', '/api/auth/login', { body: admin })
      return { kind: 'login', expected: 200, reply }
    }
    if (n % 5 === 1 || id === undefined) {
      const body = { title: `of ${n}`, body: 'x'.repeat(n % 700) }
      const reply = await service.call('POST', path, { ...keyed, body })
      if (reply.status === 201) mine.push(reply.json.id)
      return { kind: 'create', expected: 201, reply }
    }
    if (n % 5 === 2) {
      const reply = await service.call('PATCH', `${path}/${id}`, {
        ...keyed,
        body: { pinned: n % 2 === 0 },
      })
      return { kind: 'change', expected: 200, reply }
    }
    if (n % 5 === 3)
      return { kind: 'list', expected: 200, reply: await service.call('GET', `${path}?limit=5`) }
    if (n % 20 === 4) {
      mine.pop()
      return {
        kind: 'delete',
        expected: 204,
        reply: await service.call('DELETE', `${path}/${id}`, keyed),
      }
    }
    return {
      kind: 'read',
      expected: 200,
      reply: await service.call('GET', `${path}/${id}`, { as }),
    }
  }
}

/** What was set on one of the pooler's own connections, and stayed; it sets some itself, from what its clients say. */
async function settingsLeft(url: string): Promise<unknown[]> {
  return onServer(url, async (sql) => [
    ...(await sql`
      select name, setting from pg_settings
      where source = 'session' and (name like '%timeout%' or name like '%commit%' or name like '%transaction%')`),
  ])
}
