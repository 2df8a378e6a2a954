import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { DatabaseError } from '../../src/database/database.errors.ts'
import type { Storage } from '../../src/storage.ts'
import { createUsageWriter } from '../../src/usage/writer.ts'
import { createPostgres, databases } from '../support/databases.ts'
import { startApp, startService, type Service } from '../support/service.ts'
import { startTransactionProxy, type Loss } from '../support/transaction.proxy.ts'
import { report, trials } from '../support/trials.ts'
import { rowsOf, writtenBy } from './usage.fixture.ts'

const rounds = trials(3)

describe.each(databases)('batches of usage on $engine', ({ create }) => {
  let service: Service
  beforeAll(async () => {
    service = await startService(create)
  })

  /** Commits, and then says that nobody knows. */
  function forgetful(storage: Storage): Pick<Storage, 'unitOfWork'> {
    return {
      async unitOfWork(options, work) {
        await storage.unitOfWork(options, work)
        throw new DatabaseError('unavailable', 'the answer was lost', { outcome: 'unknown' })
      },
    }
  }

  it('are added to what is there, by route and in the totals of the day', async () => {
    const day = '2026-01-01'
    for (let n = 0; n < 2; n += 1) {
      await createUsageWriter(service.app.storage).write(() => rowsOf(461, day))
    }
    const { storage } = service.app
    const filter = { from: day, to: day }
    expect(await storage.usageSums.byDay(filter, { limit: 10 })).toEqual([
      { day, requests: 922, errors: 0, refusals: 0, bytesIn: 0, bytesOut: 0, duration: 230_500 },
    ])
    const routes = await storage.usageSums.byRoute(filter, { limit: 1000 })
    expect(routes).toHaveLength(461)
    expect(new Set(routes.map(({ requests }) => requests))).toEqual(new Set([2]))
  })

  it('count once where the outcome of a commit was not known', async () => {
    const { storage } = service.app
    let lost = true
    const flaky: Pick<Storage, 'unitOfWork'> = {
      unitOfWork: (...call) => (lost ? forgetful(storage) : storage).unitOfWork(...call),
    }
    const before = (await writtenBy(service.app)).totals
    const writer = createUsageWriter(flaky)
    await expect(writer.write(() => rowsOf(7))).rejects.toThrow(/lost/)
    await expect(writer.write(() => rowsOf(7))).rejects.toThrow(/lost/)
    lost = false
    await writer.write(() => rowsOf(5))
    const after = (await writtenBy(service.app)).totals
    expect(after.map((total, i) => total - (before[i] ?? 0))).toEqual([12, 12, 12])
  })

  it('which a writer without the mark counts twice', async () => {
    const { storage } = service.app
    const before = (await writtenBy(service.app)).totals[0] ?? 0
    const rows = rowsOf(7)
    const write = (through: Pick<Storage, 'unitOfWork'>, number: number) =>
      through.unitOfWork({}, (tx) => tx.usage.add({ writer: 'naive', number, rows }))
    await expect(write(forgetful(storage), 1)).rejects.toThrow(/lost/)
    await write(storage, 2)
    expect((await writtenBy(service.app)).totals[0]).toBe(before + 14)
  })

  it('of several writers at once are all there', { timeout: 60_000 }, async () => {
    const before = (await writtenBy(service.app)).totals
    const second = await startApp({ DATABASE_URL: service.url })
    await second.started
    const writers = Array.from({ length: 6 }, (_, n) =>
      createUsageWriter((n % 2 ? second : service.app).storage),
    )
    await Promise.all(
      writers.map(async (writer) => {
        // Each with the same keys.
        for (let n = 0; n < 10; n += 1) await writer.write(() => rowsOf(70))
      }),
    )
    const after = (await writtenBy(service.app)).totals
    expect(after.map((total, i) => total - (before[i] ?? 0))).toEqual([4200, 4200, 4200])
  })
})

describe('batches of usage whose COMMIT is answered, and the answer lost', () => {
  it.each<Loss>(['fin', 'reset', 'silence'])(
    '(%s) count once',
    { timeout: 30_000 + rounds * 10_000 },
    async (loss) => {
      const { url } = await createPostgres()
      const proxy = await startTransactionProxy(Number(new URL(url).port))
      onTestFinished(() => proxy.close())
      const app = await startApp({
        DATABASE_URL: proxy.through(url),
        DATABASE_QUERY_TIMEOUT: '1',
      })
      await app.started
      const writer = createUsageWriter(app.storage)
      let cuts = 0
      for (let round = 1; round <= rounds; round += 1) {
        let cut = true
        proxy.set({
          afterCommit: ({ text }) => {
            if (!cut || !text.includes('usage_days')) return undefined
            cut = false
            return loss
          },
        })
        await expect(writer.write(() => rowsOf(3))).rejects.toMatchObject({ outcome: 'unknown' })
        proxy.set({ afterCommit: () => undefined })
        expect((await writtenBy(app)).totals).toEqual([round * 3, round * 3, round * 3])
        await writer.write(() => [])
        cuts += Number(!cut)
        expect((await writtenBy(app)).totals).toEqual([round * 3, round * 3, round * 3])
      }
      report(`usage, COMMIT answered and lost (${loss})`, { rounds, cuts })
      expect(cuts).toBe(rounds)
    },
  )
})
