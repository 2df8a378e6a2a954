import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { IncomingMessage } from 'node:http'
import BetterSqlite3 from 'better-sqlite3'
import postgres from 'postgres'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { clean, judge } from '../support/history.ts'
import { startProcess, type ServiceProcess } from '../support/process.ts'
import { report, trials } from '../support/trials.ts'
import { startWriters } from '../support/writers.ts'
import { engines, fileOf } from './engines.fixture.ts'

const rounds = trials(1)
const held = 100
const idle = 16

describe.each(engines)(
  'a service on $engine that is told to end',
  ({ engine, create, rows, run, findings }) => {
    let url: string
    let stored = 0

    beforeAll(async () => {
      ;({ url } = await create())
      const service = await start()
      await service.ready()
      await service.stop()
      await run(
        url,
        `insert into announcements
      (id, title, body, audience, pinned, author_id, revision, created_at, updated_at)
      with recursive n(i) as (select 1 union all select i + 1 from n where i < 1500)
      select '019aa0c4-6f1e-7c3a-9d43-0000000' || (10000 + i), 'filler', '${'y'.repeat(20_000)}', 'everyone', ${engine === 'sqlite' ? 1 : 'true'},
        (select min(id) from users), 1, '2026-11-20T10:00:00.000Z', '2026-11-20T10:00:00.000Z' from n`,
      )
      stored = (await rows(url)).length
    })

    const start = () => startProcess({ DATABASE_URL: url, DATABASE_POOL_MAX: '100' })

    test(
      'answers what it has begun, an export too, and ends with 0',
      { timeout: 30_000 + rounds * 10_000 },
      async () => {
        const endedMs: number[] = []
        for (let round = 0; round < rounds; round += 1) {
          const service = await start()
          await service.ready()
          const token = await service.login()
          const sockets = Array.from({ length: idle }, () => connect(service.port, '127.0.0.1'))
          const kept = await keepAlive(sockets)
          // It writes a row of its own before its first byte.
          const document = await service.open('GET', '/api/export', { as: token })
          const release = await holdWrites(engine, url)
          const posts = Array.from({ length: held }, (_, n) =>
            service.call('POST', '/api/announcements', {
              as: token,
              body: { title: `round ${round}, request ${n}`, body: '' },
            }),
          )
          // All of them have to have arrived, and none may have waited for a lock for too long.
          await pause(1_200)

          const askedAt = performance.now()
          service.signal('SIGTERM')
          await pause(200)
          await expectNoEntrance(service)
          await release()
          const replies = await Promise.all(posts)
          const text = await slowly(document)
          const exit = await service.exited
          endedMs.push(performance.now() - askedAt)

          expect(kept).toBe(idle)
          expect(exit).toEqual({ code: 0, signal: null })
          expect(counted(replies.map(({ status }) => status))).toEqual({ 201: held })
          expect(text).toContain('"footer"')
          expect(() => JSON.parse(text)).not.toThrow()
          expect(endedMs.at(-1)).toBeLessThan(10_000)
          stored += held
          expect(await rows(url)).toHaveLength(stored)
        }
        report(`SIGTERM, ${engine}`, { rounds, slowestMs: Math.round(Math.max(...endedMs)) })
      },
    )

    test('a second time, ends at once, and keeps what it has acknowledged', async () => {
      const service = await start()
      await service.ready()
      const token = await service.login()
      const writers = startWriters({ client: service, token, count: 16, patienceMs: 300 })
      await pause(500)
      const release = await holdWrites(engine, url)
      await pause(100)
      service.signal('SIGTERM')
      await pause(100)
      expect(service.ended()).toBeUndefined()
      const askedAt = performance.now()
      service.signal('SIGTERM')
      const exit = await service.exited
      expect(performance.now() - askedAt).toBeLessThan(2_000)
      expect(exit).toEqual({ code: 1, signal: null })
      await release()
      await writers.stop()

      const again = await start()
      await again.ready()
      await again.stop()
      const mine = (await rows(url)).filter(({ title }) => !/^(filler|round )/.test(title))
      expect(judge(writers.history, mine)).toEqual(clean)
      await expect.poll(() => findings(url), { timeout: 10_000 }).toEqual([])
    })

    test('answers to the last byte those who read slowly', async () => {
      const service = await start()
      await service.ready()
      const answer = await service.open('GET', '/api/announcements?limit=1000')
      const length = Number(answer.headers['content-length'])
      // More than the buffers of both ends hold: the service has written it all, and most is not yet read.
      expect(length).toBeGreaterThan(20_000_000)
      await pause(300)
      service.signal('SIGTERM')
      await pause(300)
      expect((await slowly(answer)).length).toBe(length)
      expect(await service.exited).toEqual({ code: 0, signal: null })
    })

    test('does not wait for those who read nothing at all', async () => {
      const service = await start()
      await service.ready()
      const as = await service.login()
      const answer = await service.open('GET', '/api/export', { as })
      answer.on('error', () => undefined)
      service.signal('SIGTERM')
      const askedAt = performance.now()
      expect(await service.exited).toEqual({ code: 0, signal: null })
      expect(performance.now() - askedAt).toBeLessThan(10_000)
      expect(service.output()).toContain('before everybody has read the answer')
      answer.destroy()
    })

    test('at any moment of its start, ends at once and without a complaint', async () => {
      for (const ms of [60, 100, 150, 200, 300]) {
        const service = await start()
        await pause(ms)
        const askedAt = performance.now()
        service.signal('SIGTERM')
        const exit = await service.exited
        expect(performance.now() - askedAt).toBeLessThan(5_000)
        // Before the first line of ours ran, Node ends by the signal itself.
        expect([0, null]).toContain(exit.code)
        expect(exit.signal).toBe(exit.code === 0 ? null : 'SIGTERM')
        expect(service.output()).toBe('')
      }
    })

    test('SIGINT does the same as SIGTERM', async () => {
      const service = await start()
      await service.ready()
      service.signal('SIGINT')
      expect(await service.exited).toEqual({ code: 0, signal: null })
    })
  },
)

/** One request on each, so that the connection is kept; gives how many were answered. */
async function keepAlive(sockets: ReturnType<typeof connect>[]): Promise<number> {
  const answers = await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<string>((resolve) => {
          socket.on('error', () => undefined)
          socket.once('data', (chunk) => resolve(chunk.toString()))
          socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n')
        }),
    ),
  )
  return answers.filter((answer) => /^HTTP\/1.1 200.*connection: keep-alive/is.test(answer)).length
}

/** Nothing that comes now is let in, or it is sent away. */
async function expectNoEntrance(service: ServiceProcess) {
  const answer = await service
    .call('GET', '/health/ready', { headers: { connection: 'close' } })
    .catch((error: NodeJS.ErrnoException) => error.code)
  expect([503, 'ECONNREFUSED', 'ECONNRESET']).toContain(
    typeof answer === 'object' ? answer.status : answer,
  )
}

/** Holds up every write of the service, from outside, until released. */
async function holdWrites(engine: string, url: string): Promise<() => Promise<void>> {
  if (engine === 'sqlite') {
    const other = new BetterSqlite3(fileOf(url), { timeout: 5000 })
    other.exec('begin immediate')
    onTestFinished(() => void other.close())
    return () => Promise.resolve(void other.exec('rollback'))
  }
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  const other = await sql.reserve()
  await other.unsafe('begin; lock table announcements in share row exclusive mode')
  onTestFinished(() => sql.end({ timeout: 1 }))
  return async () => {
    await other.unsafe('rollback')
    other.release()
  }
}

/** Reads a stream over about a second. */
async function slowly(document: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of document) {
    chunks.push(chunk as Buffer)
    await pause(2)
  }
  return Buffer.concat(chunks).toString()
}

function counted(statuses: number[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
