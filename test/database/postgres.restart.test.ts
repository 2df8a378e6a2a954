import type { ChildProcess } from 'node:child_process'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import type { DatabaseError } from '../../src/database/database.errors.ts'
import { openPostgres } from '../../src/database/postgres/postgres.ts'
import { startPostgres } from '../support/postgres.setup.ts'
import {
  createTables,
  defaults,
  failureOf,
  observe,
  openTest,
  pause,
  targetOf,
  trials,
} from './postgres.fixture.ts'

type Running = Awaited<ReturnType<typeof startPostgres>>

let server: Running

beforeAll(async () => {
  server = await startPostgres()
  const database = openPostgres(targetOf(server.url), defaults)
  await createTables(database)
  await database.close()
})
afterAll(() => server.stop())

const rounds = trials ? Math.ceil(trials / 200) : 2

describe('a server that is restarted under load', () => {
  it.each(['SIGQUIT', 'SIGINT'] as const)(
    'loses nothing that was acknowledged, and is used again by itself (%s)',
    async (signal) => {
      const database = openTest(server.url, { poolMax: 8, queryTimeoutMs: 3000 })
      const load = startLoad(database, signal)
      const gaps: number[] = []
      for (let round = 0; round < rounds; round++) {
        await pause(300)
        await stopServer(signal)
        expect(await failureOf(database.db.execute(sql`select 1`))).toMatchObject({
          kind: 'unavailable',
        })
        await server.server.start()
        const startedAt = performance.now()
        await load.nextSuccess()
        gaps.push(performance.now() - startedAt)
      }
      const { ok, none, unknown, slowestMs } = await load.end()
      expect(Math.max(...gaps)).toBeLessThan(2000)
      expect(slowestMs).toBeLessThan(6000)

      const seen = observe(server.url)
      const rows = await seen`select id from marks where note = ${signal}`
      const present = new Set(rows.map((row) => String(row.id)))
      expect(ok.filter((id) => !present.has(id))).toEqual([])
      expect(none.filter((id) => present.has(id))).toEqual([])
      expect(ok.length).toBeGreaterThan(50)
      expect(database.pool()).toMatchObject({ inUse: 0, waiting: 0 })
      if (trials) {
        const committed = unknown.filter((id) => present.has(id)).length
        console.log(signal, {
          ok: ok.length,
          none: none.length,
          unknown: unknown.length,
          committed,
          worstGapMs: Math.round(Math.max(...gaps)),
          slowestMs: Math.round(slowestMs),
        })
      }
    },
  )

  it('survives a backend that is killed, which takes all others along', async () => {
    const database = openTest(server.url, { poolMax: 4 })
    const load = startLoad(database, 'SIGKILL')
    await pause(200)
    const [row] = await database.db.execute(sql`select pg_backend_pid()`)
    process.kill(Number((row as unknown as unknown[])[0]), 'SIGKILL')
    await pause(100)
    await load.nextSuccess()
    const { ok, none } = await load.end()
    const seen = observe(server.url)
    const rows = await seen`select id from marks where note = 'SIGKILL'`
    const present = new Set(rows.map((found) => String(found.id)))
    expect(ok.filter((id) => !present.has(id))).toEqual([])
    expect(none.filter((id) => present.has(id))).toEqual([])
  })
})

async function stopServer(signal: NodeJS.Signals): Promise<void> {
  const { process } = server.server as unknown as { process: ChildProcess }
  const ended = new Promise((resolve) => process.once('exit', resolve))
  process.kill(signal)
  await ended
}

/** Eight writers and four readers, and what each write was answered with. */
function startLoad(database: Database, note: string) {
  const answers = { ok: [] as string[], none: [] as string[], unknown: [] as string[] }
  const stop = new AbortController()
  let slowestMs = 0
  let next = 0
  let succeeded = Promise.withResolvers<void>()

  async function timed(work: () => Promise<unknown>): Promise<unknown> {
    const startedAt = performance.now()
    const error = await failureOf(work())
    slowestMs = Math.max(slowestMs, performance.now() - startedAt)
    if (error === undefined) succeeded.resolve()
    else await pause(5)
    return error
  }

  async function write() {
    while (!stop.signal.aborted) {
      const id = `${note}-${next++}`
      const error = await timed(() =>
        database.unitOfWork({ alone: [['mark', String(next % 5)]] }, (tx) =>
          tx.execute(sql`insert into marks values (${id}, ${note})`),
        ),
      )
      answers[error === undefined ? 'ok' : ((error as DatabaseError).outcome ?? 'unknown')].push(id)
    }
  }

  async function read() {
    while (!stop.signal.aborted) {
      await timed(() => database.db.execute(sql`select count(*) from marks where note = ${note}`))
    }
  }

  const clients = [...Array.from({ length: 8 }, write), ...Array.from({ length: 4 }, read)]
  return {
    /** Resolves when something succeeds from now on. */
    nextSuccess() {
      succeeded = Promise.withResolvers()
      return succeeded.promise
    },
    async end() {
      stop.abort()
      await Promise.all(clients)
      return { ...answers, slowestMs }
    },
  }
}
