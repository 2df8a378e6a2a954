import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished, describe, expect, test, type TestContext } from 'vitest'
import { databaseErrorIn, StartError } from '../../src/database/database.errors.ts'
import type { Database } from '../../src/database/database.ts'
import { openSqlite } from '../../src/database/sqlite/sqlite.ts'
import { createTables, options, range, temporaryFolder } from './sqlite.fixture.ts'

const cycles = Number(process.env.HOLDFAST_TRIALS ?? 3)

describe('a disk without room', () => {
  test('refuses writes, keeps all that was acknowledged, and takes writes again with room', async (context) => {
    for (const cycle of range(cycles)) {
      const { folder } = mountSmallDisk(context, `${2 + (cycle % 5)}m`)
      const file = join(folder, 'full.db')
      const filler = join(folder, 'filler')
      const database = await open(file)
      writeFileSync(filler, Buffer.alloc(300_000))

      const { acknowledged, refused } = await writeUntilFull(database)
      expect(refused.size).toBeGreaterThan(0)
      expect(await keysIn(database)).toEqual(acknowledged)

      rmSync(filler)
      await write(database, 'with room')
      acknowledged.add('with room')
      expect(await keysIn(database)).toEqual(acknowledged)

      await database.close()
      const again = await open(file)
      expect(await keysIn(again)).toEqual(acknowledged)
      await again.close()
    }
  })
})

describe('a disk that is read-only', () => {
  test('is told of at the start', async (context) => {
    const { folder, remount } = mountSmallDisk(context, '3m')
    const file = join(folder, 'readonly.db')
    await (await open(file)).close()
    remount('ro')
    const startedAt = performance.now()

    const existing = openSqlite({ kind: 'sqlite', file }, options)
    await expect(existing.open()).rejects.toMatchObject({ exitCode: 78 })
    const missing = openSqlite({ kind: 'sqlite', file: join(folder, 'other.db') }, options)
    await expect(missing.open()).rejects.toBeInstanceOf(StartError)
    await expect(missing.open()).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringContaining('SQLITE_PATH'),
    })
    expect(performance.now() - startedAt).toBeLessThan(3000)
    expect(existsSync(join(folder, 'other.db'))).toBe(false)
  })
})

/** A file system in memory for one test; only root may make one. */
function mountSmallDisk(context: TestContext, size: string) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    context.skip('a small disk can be mounted by root on Linux only')
  }
  const folder = temporaryFolder()
  const mount = (...args: string[]) => spawnSync('mount', [...args, folder], { encoding: 'utf8' })
  const mounted = mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs')
  if (mounted.status !== 0) context.skip(`no disk could be mounted: ${mounted.stderr}`)
  onTestFinished(() => void spawnSync('umount', ['--lazy', folder]))
  return { folder, remount: (mode: 'ro' | 'rw') => mount('-o', `remount,${mode}`) }
}

async function open(file: string): Promise<Database> {
  const database = openSqlite({ kind: 'sqlite', file }, options)
  onTestFinished(() => database.close())
  await database.open()
  await createTables(database)
  return database
}

/** 16 writers, until each was refused three times for want of room. */
async function writeUntilFull(database: Database) {
  const acknowledged = new Set<string>()
  const refused = new Set<string>()
  const writers = range(16).map(async (writer) => {
    for (let n = 0, refusals = 0; refusals < 3; n += 1) {
      const key = `${writer}-${n}`
      try {
        await write(database, key)
        acknowledged.add(key)
      } catch (error) {
        expect(databaseErrorIn(error)).toMatchObject({ kind: 'full', outcome: 'none' })
        refused.add(key)
        refusals += 1
      }
    }
  })
  await Promise.all(writers)
  return { acknowledged, refused }
}

function write(database: Database, key: string): Promise<void> {
  const value = 'x'.repeat(4000)
  return database.unitOfWork({}, async (tx) => {
    await tx.insert(database.tables.settings).values({ key, value })
  })
}

async function keysIn(database: Database): Promise<Set<string>> {
  const rows = await database.db.select().from(database.tables.settings)
  return new Set(rows.map(({ key }) => key))
}
