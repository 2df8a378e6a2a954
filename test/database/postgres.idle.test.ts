import { sql } from 'drizzle-orm'
import { beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { createPostgres } from '../support/databases.ts'
import { openTest, targetOf } from './postgres.fixture.ts'
import { listen, startProxy } from './postgres.proxy.ts'

let url: string

beforeAll(async () => {
  url = (await createPostgres()).url
})

async function backend(database: Database): Promise<number> {
  const [row] = await database.db.execute(sql`select pg_backend_pid()`)
  return Number((row as unknown as unknown[])[0])
}

/** Moves the clock of the wall, as a machine does that slept, whose steady clock slept too. */
function sleepUntilLater(ms: number) {
  const now = Date.now
  const spy = vi.spyOn(Date, 'now').mockImplementation(() => now() + ms)
  onTestFinished(() => {
    spy.mockRestore()
  })
}

it('a connection that is idle for a moment is used again as it is', async () => {
  const proxy = await startProxy(targetOf(url).port)
  const database = openTest(url, {}, { port: proxy.port })
  const first = await backend(database)
  expect(await backend(database)).toBe(first)
  expect(proxy.accepted()).toBe(1)
})

it('one that was idle while the machine slept is asked first, and used when it answers', async () => {
  const proxy = await startProxy(targetOf(url).port)
  const database = openTest(url, {}, { port: proxy.port })
  const first = await backend(database)
  sleepUntilLater(10_000)
  expect(await backend(database)).toBe(first)
})

it('is replaced in a second when it does not answer', async () => {
  const proxy = await startProxy(targetOf(url).port)
  const database = openTest(url, {}, { port: proxy.port })
  const first = await backend(database)
  proxy.strike('swallow')
  sleepUntilLater(10_000)
  // What was asked in vain; the next connection is answered.
  setTimeout(() => proxy.strike('none'), 200)
  const startedAt = performance.now()
  expect(await backend(database)).not.toBe(first)
  expect(performance.now() - startedAt).toBeLessThan(3_000)
})

it('is replaced without a question when its time was up', async () => {
  const database = openTest(url, { idleTimeoutMs: 30_000 })
  const first = await backend(database)
  sleepUntilLater(60_000)
  const startedAt = performance.now()
  expect(await backend(database)).not.toBe(first)
  expect(performance.now() - startedAt).toBeLessThan(500)
})

it('closing waits for no connection that is only being made', async () => {
  const silent = await listen((socket) => socket.resume())
  const database = openTest(url, { connectTimeoutMs: 30_000 }, { port: silent.port })
  const opening = database.open().catch((error: unknown) => error)
  await expect.poll(() => silent.accepted()).toBe(1)
  const startedAt = performance.now()
  await database.close()
  expect(performance.now() - startedAt).toBeLessThan(500)
  for (const socket of silent.sockets) socket.destroy()
  expect(await opening).toMatchObject({ kind: 'unavailable' })
})
