import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { memoryOf, resetPeakOf, startProcess, type ServiceProcess } from '../support/process.ts'
import { large, report } from '../support/trials.ts'
import { engines, onFile, onServer } from './engines.fixture.ts'
import { expectWell } from './health.fixture.ts'

const rows = large ? 1_000_000 : 170_000
const mebibyte = 1024 * 1024
const allowance = 64 * mebibyte
/** What V8 takes on an instance with 512 MB; where there is more, it lets more garbage lie. */
const heap = '--max-old-space-size=256 --max-semi-space-size=2'
const hasProc = existsSync('/proc/self/clear_refs')

describe.each(engines)(`an export of ${rows} rows from $engine`, ({ engine, create, run }) => {
  let url: string
  let service: ServiceProcess
  let token: string

  beforeAll(async () => {
    ;({ url } = await create())
    const first = await startProcess({ DATABASE_URL: url })
    await first.ready()
    await first.stop()
    await run(url, fillWith(rows, engine))
    service = await startProcess({ DATABASE_URL: url, NODE_OPTIONS: heap })
    await service.ready()
    token = await service.login()
  }, 300_000)

  const open = (headers?: Record<string, string>) =>
    service.open('GET', '/api/export', { as: token, headers, timeoutMs: 900_000 })

  test(
    'takes no more memory for it, whoever reads, and is complete',
    { timeout: 900_000 },
    async (context) => {
      if (!hasProc) context.skip('memory is read from /proc, which is not there')
      // Once, so that the code and the buffers are there that every request needs.
      await service.call('GET', '/api/announcements?limit=100')
      const idle = memoryOf(service.pid).now

      const plain = await measured(service, async () => digest(await open()))
      const slow = await measured(service, async () => digest(await open(), 10))
      const packed = await measured(service, async () => {
        const answer = await open({ 'accept-encoding': 'gzip' })
        return digest(answer.pipe(createGunzip()))
      })

      report(`export, ${engine}`, {
        rows,
        megabytes: Math.round(plain.result.bytes / 1e6),
        idleMiB: Math.round(idle / mebibyte),
        peaksMiB: Object.fromEntries(
          Object.entries({ plain, slow, packed }).map(([name, { peak }]) => [
            name,
            Math.round(peak / mebibyte),
          ]),
        ),
        seconds: Object.fromEntries(
          Object.entries({ plain, slow, packed }).map(([name, { ms }]) => [
            name,
            Math.round(ms / 100) / 10,
          ]),
        ),
      })
      // Whoever held the document, and not just a part of it, would need more than is allowed.
      expect(plain.result.bytes).toBeGreaterThan(allowance)
      expect(plain.result.end).toContain(`"announcements":${rows}`)
      expect(slow.result).toEqual(plain.result)
      expect(packed.result).toEqual(plain.result)
      for (const { peak } of [plain, slow, packed]) expect(peak - idle).toBeLessThan(allowance)
    },
  )

  test('that its reader breaks off lets its snapshot go', async () => {
    const answer = await open()
    await new Promise((resolve) => answer.once('data', resolve))
    answer.pause()
    await pause(200)
    expect(await snapshots(url, engine)).toBe(1)

    answer.on('error', () => undefined).destroy()
    await expect.poll(() => snapshots(url, engine), { timeout: 2000, interval: 50 }).toBe(0)
    expectWell((await service.call('GET', '/health')).json)
    expect((await service.call('GET', '/health/ready')).status).toBe(200)
  })

  test('that nobody goes on reading does not stop the service', async () => {
    const answer = await open()
    answer.on('error', () => undefined)
    await pause(200)
    for (let n = 0; n < 20; n += 1) {
      const { status, ms } = await service.call('POST', '/api/announcements', {
        as: token,
        body: { title: `meanwhile ${n}`, body: '' },
      })
      expect(status).toBe(201)
      expect(ms).toBeLessThan(5000)
    }
    answer.destroy()
    await expect.poll(() => snapshots(url, engine), { timeout: 2000, interval: 50 }).toBe(0)
  })
})

/** What something gave, how long it took, and the most memory that the service had meanwhile. */
async function measured<Result>(service: ServiceProcess, work: () => Promise<Result>) {
  resetPeakOf(service.pid)
  const startedAt = performance.now()
  const result = await work()
  return { result, ms: performance.now() - startedAt, peak: memoryOf(service.pid).peak }
}

/** Length, hash and end of a stream; read with a pause after each megabyte, so that it is never far ahead. */
async function digest(stream: AsyncIterable<unknown>, pauseMs = 0) {
  const hash = createHash('sha256')
  let bytes = 0
  let pausedAt = 0
  let end = ''
  for await (const piece of stream) {
    const chunk = piece as Buffer
    hash.update(chunk)
    bytes += chunk.length
    end = (end + chunk.toString('latin1')).slice(-1000)
    if (pauseMs === 0 || bytes - pausedAt < mebibyte / 4) continue
    pausedAt = bytes
    await pause(pauseMs)
  }
  return { bytes, sha256: hash.digest('hex'), end }
}

/** How many states of the database, other than the latest, are being read at the moment. */
async function snapshots(url: string, engine: string): Promise<number> {
  if (engine === 'postgres') {
    return onServer(url, async (sql) => {
      const [row] = await sql<{ n: number }[]>`
        select count(*)::int as n from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null`
      return row!.n
    })
  }
  return onFile(url, (db) => {
    db.pragma('busy_timeout = 0')
    // A log with something in it cannot be emptied as long as somebody reads an older state.
    db.exec(
      `update announcements set revision = revision where id = (select min(id) from announcements)`,
    )
    const [checkpoint] = db.pragma('wal_checkpoint(truncate)') as { busy: number }[]
    return checkpoint!.busy
  })
}

function fillWith(count: number, engine: string): string {
  const text = engine === 'sqlite' ? `hex(randomblob(60))` : `repeat(md5(i::text), 4)`
  return `insert into announcements
    (id, title, body, audience, pinned, author_id, revision, created_at, updated_at)
    with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})
    select '019aa0c4-6f1e-7c3a-9d43-0000' || (10000000 + i), 'announcement ' || i, ${text}, 'everyone',
      ${engine === 'sqlite' ? '0' : 'false'}, (select min(id) from users), 1,
      '2026-11-20T10:00:00.000Z', '2026-11-20T10:00:00.000Z' from n`
}
