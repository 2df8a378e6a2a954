import { describe, expect, it } from 'vitest'
import { engines, onFile, onServer } from '../faults/engines.fixture.ts'
import { startProcess } from '../support/process.ts'

interface Written {
  route: string
  requests: number
  bytes_in: number
  bytes_out: number
}

const statement = 'select route, requests, bytes_in, bytes_out from usage'

describe.each(engines)('the usage of a process on $engine', ({ engine, create }) => {
  const writtenIn = async (url: string): Promise<Map<string, Written>> => {
    const rows =
      engine === 'sqlite'
        ? await onFile(url, (db) => db.prepare(statement).all() as Written[])
        : await onServer(url, async (sql) => [...(await sql.unsafe<Written[]>(statement))])
    return new Map(rows.map((row) => [row.route, row]))
  }

  it(
    'is there after SIGTERM, in bytes of bodies, streamed ones too',
    { timeout: 60_000 },
    async () => {
      const { url } = await create()
      const service = await startProcess({ DATABASE_URL: url })
      await service.ready()
      const as = await service.login()
      const body = { title: 'counted', body: 'x'.repeat(10_000) }
      const posted = await service.call('POST', '/api/announcements', { as, body })
      const list = await service.call('GET', '/api/announcements', { as })
      await service.call('HEAD', '/api/announcements', { as })
      const exported = await service.call('GET', '/api/export', { as })
      expect(exported.headers['content-length']).toBeUndefined()
      expect(await writtenIn(url)).toEqual(new Map())
      expect(await service.stop()).toEqual({ code: 0, signal: null })

      const written = await writtenIn(url)
      const post = written.get('POST /api/announcements')
      expect([post?.requests, post?.bytes_in, post?.bytes_out].map(Number)).toEqual([
        1,
        JSON.stringify(body).length,
        posted.text.length,
      ])
      expect(Number(written.get('GET /api/announcements')?.bytes_out)).toBe(list.text.length)
      expect(Number(written.get('HEAD /api/announcements')?.bytes_out)).toBe(0)
      const streamed = Number(written.get('GET /api/export')?.bytes_out)
      // With its head and the lengths of its pieces.
      expect(streamed).toBeGreaterThan(exported.text.length)
      expect(streamed).toBeLessThan(exported.text.length + 2_000)
      expect(written.get('GET /health/ready')).toBeUndefined()
    },
  )

  it(
    'is there some seconds after the requests, though the process is killed then',
    { timeout: 60_000 },
    async () => {
      const { url } = await create()
      const service = await startProcess({ DATABASE_URL: url })
      await service.ready()
      await service.login()
      await expect
        .poll(async () => (await writtenIn(url)).size, { timeout: 20_000, interval: 250 })
        .toBe(1)
      await service.kill()
    },
  )
})
