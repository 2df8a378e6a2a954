import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { setTimeout as pause } from 'node:timers/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openTestDatabase, range, userRow } from './sqlite.fixture.ts'

const script = fileURLToPath(new URL('sqlite.writer.child.ts', import.meta.url))
const kills = Number(process.env.HOLDFAST_TRIALS ?? 4)

describe('two processes on one file', () => {
  test('lose nothing, and neither is refused', async () => {
    const { database, file, db, tables } = await openTestDatabase({ queryTimeoutMs: 20_000 })
    const delay = monitorEventLoopDelay({ resolution: 1 })
    const child = startWriter([file, '8', '50'])
    await child.ready
    delay.enable()
    const own = range(8).map(async (writer) => {
      for (const n of range(50)) {
        const key = `own-${writer}-${n}`
        await database.unitOfWork({}, (tx) =>
          tx.insert(tables.settings).values({ key, value: key }),
        )
      }
    })
    await Promise.all(own)
    await child.ended
    delay.disable()

    expect(child.process.exitCode).toBe(0)
    const rows = await db.select().from(tables.settings)
    expect(rows).toHaveLength(800)
    const keys = new Set(rows.map(({ key }) => key))
    expect(child.acknowledged().filter((key) => !keys.has(key))).toEqual([])
    // In nanoseconds: a stall would be that of a busy timeout.
    expect(delay.max / 1e6).toBeLessThan(1000)
  })

  test('wait for each other’s lock without stalling the event loop', async () => {
    const { database, file, tables } = await openTestDatabase()
    const other = new BetterSqlite3(file)
    onTestFinished(() => void other.close())
    other.exec('begin immediate')
    const waiting = database.unitOfWork({}, (tx) => tx.insert(tables.users).values(userRow('ada')))
    const longest = await longestStall(1000)
    other.exec('commit')
    await waiting
    expect(longest).toBeLessThan(500)
  })

  test('with the driver’s own waiting, the loop stalls for as long as the lock is held (control)', async () => {
    const { file } = await openTestDatabase()
    const other = new BetterSqlite3(file)
    const naive = new BetterSqlite3(file, { timeout: 300 })
    onTestFinished(() => {
      other.close()
      naive.close()
    })
    other.exec('begin immediate')
    const stall = longestStall(100)
    expect(() => naive.exec('begin immediate')).toThrow('locked')
    expect(await stall).toBeGreaterThan(250)
  })

  test('one that cannot get the lock in time is told busy, and writes when it is free', async () => {
    const { database, file, tables, db } = await openTestDatabase({ queryTimeoutMs: 200 })
    const other = new BetterSqlite3(file)
    onTestFinished(() => void other.close())
    const write = (name: string) =>
      database.unitOfWork({}, (tx) => tx.insert(tables.users).values(userRow(name)))
    other.exec('begin immediate')
    await expect(write('early')).rejects.toMatchObject({ kind: 'busy', outcome: 'none' })
    expect(await db.select().from(tables.users)).toEqual([])
    other.exec('commit')
    await write('late')
  })
})

describe('a process that is killed', () => {
  test(
    'loses nothing of what it acknowledged',
    async () => {
      const { acknowledged, lost } = await killWriters('dialect', kills)
      expect(lost).toEqual([])
      expect(acknowledged).toBeGreaterThan(kills)
    },
    30_000 + kills * 5000,
  )

  test('loses what it acknowledged before the commit (control)', async () => {
    const { lost } = await killWriters('early', 2)
    expect(lost).not.toEqual([])
  })
})

async function killWriters(mode: string, times: number) {
  const { database, file, db, tables } = await openTestDatabase()
  const lost: string[] = []
  let acknowledged = 0
  for (const _ of range(times)) {
    const child = startWriter([file, '16', '100000', mode])
    await child.ready
    await pause(20 + Math.random() * 100)
    child.process.kill('SIGKILL')
    await child.ended
    const rows = await db.select({ key: tables.settings.key }).from(tables.settings)
    const keys = new Set(rows.map(({ key }) => key))
    lost.push(...child.acknowledged().filter((key) => !keys.has(key)))
    acknowledged += child.acknowledged().length
    expect(await db.execute('pragma quick_check')).toEqual([['ok']])
    await database.unitOfWork({}, (tx) => tx.delete(tables.settings))
  }
  return { acknowledged, lost }
}

function startWriter(args: string[]) {
  const started = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  const ready = new Promise<void>((resolve) => {
    started.stdout.on('data', (data: Buffer) => {
      output += data.toString()
      if (output.startsWith('ready\n')) resolve()
    })
  })
  return {
    process: started as ChildProcess,
    ready,
    ended: once(started, 'close'),
    /** Only whole lines: the last one may have been cut off. */
    acknowledged: () => output.split('\n').slice(1, -1),
  }
}

/** Milliseconds of the longest time in which the event loop did not turn. */
async function longestStall(ms: number): Promise<number> {
  const until = performance.now() + ms
  let longest = 0
  for (let last = performance.now(); last < until;) {
    await pause(1)
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  return longest
}
