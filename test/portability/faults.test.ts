import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { databaseErrorIn } from '../../src/database/database.errors.ts'
import { exportDatabase, writeExport } from '../../src/portability/export/export.ts'
import { exportStream } from '../../src/portability/export/stream.ts'
import { applyWithin } from '../../src/portability/import/apply/apply.ts'
import { exportedTables } from '../../src/portability/registry.ts'
import { currentModel } from '../../src/database/tables/model.ts'
import { databases } from '../support/databases.ts'
import {
  addAnnouncements,
  addUsers,
  announcementRow,
  check,
  clear,
  documentOf,
  exportOf,
  idOf,
  importInto,
  openMigrated,
  passwordHashOf,
  refusalOf,
  scratchFolder,
  trials,
  urlOf,
  userRow,
} from './portability.fixture.ts'

const admin = {
  id: idOf(1),
  username: 'admin',
  role: 'admin' as const,
  passwordHash: passwordHashOf(),
}

interface Exported {
  tables: { users: { id: string }[]; announcements: Announcement[] }
}
interface Announcement {
  id: string
  title: string
  authorId: string
  revision: number
}

describe.each(databases)('faults around export and import on $engine', ({ create }) => {
  let database: Database

  beforeAll(async () => {
    database = await openMigrated(create)
  })

  beforeEach(async () => {
    await clear(database)
    await addUsers(database, admin)
  })

  const many = (count: number, kind: number, title = 'Title') =>
    Array.from({ length: count }, (_, at) => ({ id: idOf(at, kind), authorId: admin.id, title }))

  describe('while others write', () => {
    const accounts = 200

    /** Every unit leaves the sum of revisions, pairs of equal titles, and a user for every announcement. */
    async function writeUntil(stopped: () => boolean, writer: number) {
      const { announcements, users } = database.tables
      for (let round = 0; !stopped(); round++) {
        const [from, to] = [round * 7 + writer, round * 13 + writer * 5 + 1].map(
          (n) => n % accounts,
        )
        await database.unitOfWork({ alone: [['accounts', 'all']] }, async (tx) => {
          for (const [account, by] of [
            [from, -1],
            [to, 1],
          ] as const) {
            await tx
              .update(announcements)
              .set({ revision: sql`${announcements.revision} + ${by}` })
              .where(sql`${announcements.id} = ${idOf(account as number, 2)}`)
          }
          const title = `${writer}-${round}`
          for (const kind of [2, 3]) {
            await tx
              .update(announcements)
              .set({ title })
              .where(sql`${announcements.id} = ${idOf(from as number, kind)}`)
          }
          const author = idOf(round, 100 + writer)
          await tx.insert(users).values(userRow({ id: author, username: `w${writer}-${round}` }))
          await tx
            .insert(announcements)
            .values(announcementRow({ id: idOf(round, 100 + writer), authorId: author }))
        })
      }
    }

    function brokenIn(bytes: Buffer): string[] {
      const { users, announcements } = (JSON.parse(bytes.toString()) as Exported).tables
      const known = new Set(users.map(({ id }) => id))
      const byId = new Map(announcements.map((row) => [row.id, row]))
      const numbers = Array.from({ length: accounts }, (_, at) => at)
      const sum = numbers.reduce((sum, at) => sum + (byId.get(idOf(at, 2))?.revision ?? 0), 0)
      return [
        ...(sum === accounts * 1000 ? [] : ['sum']),
        ...numbers
          .filter((at) => byId.get(idOf(at, 2))?.title !== byId.get(idOf(at, 3))?.title)
          .map(() => 'pair'),
        ...announcements.filter(({ authorId }) => !known.has(authorId)).map(() => 'orphan'),
      ]
    }

    async function whileWriting(work: () => Promise<void>) {
      await addAnnouncements(database, ...many(accounts, 2), ...many(accounts, 3))
      await database.unitOfWork({}, (tx) =>
        tx.update(database.tables.announcements).set({ revision: 1000 }),
      )
      let over = false
      const writers = [0, 1, 2].map((writer) => writeUntil(() => over, writer))
      try {
        await work()
      } finally {
        over = true
        await Promise.all(writers)
      }
    }

    it('every export is one moment of the database', async () => {
      await whileWriting(async () => {
        for (let trial = 0; trial < (trials || 10); trial++) {
          expect(brokenIn(await exportOf(database)), `export ${trial}`).toEqual([])
        }
      })
    }, 1_800_000)

    it('control: read without a snapshot, some export is none', async () => {
      const naive = async () => {
        const chunks: Buffer[] = []
        await writeExport({
          db: database.db,
          database,
          schema: currentModel(),
          tables: exportedTables(false),
          policy: { write: 'omitted' },
          write: (chunk) => Promise.resolve(void chunks.push(chunk)),
        })
        return Buffer.concat(chunks)
      }
      await whileWriting(async () => {
        for (let trial = 0; trial < 200; trial++) {
          if (brokenIn(await naive()).length > 0) return
        }
        throw new Error('200 exports without a snapshot were all consistent')
      })
    }, 120_000)
  })

  it('an export that nobody reads on lets its snapshot go', async () => {
    await addAnnouncements(database, ...many(2000, 2))
    for (let trial = 0; trial < (trials ? 100 : 10); trial++) {
      const stream = exportStream(database, {})
      await once(stream, 'readable')
      stream.read(trial * 100)
      stream.destroy()
      await pause(1)
    }
    // More than two at once would be refused.
    await pause(200)
    expect((await exportOf(database)).toString()).toContain('"footer"')
  }, 60_000)

  it('an export whose writer fails, fails with its error', async () => {
    const failing = exportDatabase(database, {}, () => Promise.reject(new Error('no room')))
    await expect(failing).rejects.toThrow('no room')
  })

  it('an export that cannot hold an integer ends without a footer', async () => {
    await addAnnouncements(database, ...many(2000, 2))
    const chunks: Buffer[] = []
    await database.unitOfWork({}, async (tx) => {
      await tx
        .update(database.tables.announcements)
        .set({ revision: sql`9007199254740993` })
        .where(sql`id = ${idOf(1999, 2)}`)
    })
    const failing = exportDatabase(database, {}, (chunk) =>
      Promise.resolve(void chunks.push(Buffer.from(chunk))),
    )
    await expect(failing).rejects.toThrow('announcements.revision holds an integer beyond 2^53 - 1')
    const written = Buffer.concat(chunks)
    expect(written.toString()).not.toContain('"footer"')
    expect(await refusalOf(check(written))).toBe('import_incomplete')
  })

  it('writes during an import are refused as frozen, or are there afterwards', async () => {
    const bytes = documentOf({
      users: [],
      announcements: many(5000, 2).map(announcementRow),
    })
    let frozen = 0
    for (let trial = 0; trial < (trials ? 50 : 2); trial++) {
      await clear(database)
      await addUsers(database, admin)
      const checked = await check(bytes)
      const acknowledged = new Set<string>()
      const refused = new Set<string>()
      const ending = new AbortController()
      const write = async (writer: number) => {
        for (let round = 0; !ending.signal.aborted; round++) {
          const id = idOf(round, 100 + writer)
          try {
            await addAnnouncements(database, { id, authorId: admin.id })
            acknowledged.add(id)
          } catch (error) {
            if (databaseErrorIn(error)?.kind !== 'frozen') throw error
            refused.add(id)
            await pause(2)
          }
        }
      }
      const writers = Array.from({ length: 8 }, (_, writer) => write(writer))
      await pause(10)
      await applyChecked(checked)
      ending.abort()
      await Promise.all(writers)
      const { announcements } = database.tables
      const there = new Set(
        (await database.db.select({ id: announcements.id }).from(announcements)).map(
          ({ id }) => id,
        ),
      )
      expect([...acknowledged].filter((id) => !there.has(id))).toEqual([])
      expect([...refused].filter((id) => there.has(id))).toEqual([])
      expect(there.size).toBe(5000 + acknowledged.size)
      frozen += refused.size
    }
    expect(frozen).toBeGreaterThan(0)
  }, 1_800_000)

  async function applyChecked(checked: Awaited<ReturnType<typeof check>>) {
    await database.unitOfWork({ exclusive: true, deadline: 'bulk' }, (tx) =>
      applyWithin(tx, database, checked, { mode: 'merge', safetyCopy: undefined }),
    )
    await checked.dispose()
  }

  it('an import that is killed leaves what was there, or is whole; sent again it completes', async () => {
    const file = join(scratchFolder(), 'import.json')
    const bytes = documentOf({
      users: [userRow({ ...admin, passwordHash: null })],
      announcements: many(3000, 3, 'imported').map(announcementRow),
    })
    writeFileSync(file, bytes)
    let interrupted = 0
    for (let trial = 0; trial < (trials || 3); trial++) {
      await clear(database)
      await addUsers(database, admin)
      await addAnnouncements(database, ...many(1000, 2))
      const before = await exportOf(database)
      const child = spawn(process.execPath, [
        join(import.meta.dirname, 'import.child.ts'),
        urlOf(database),
        file,
      ])
      const ended = once(child, 'exit')
      let told = ''
      child.stdout.on('data', (data: Buffer) => (told += data.toString()))
      while (!told.includes('applying') && child.exitCode === null) await pause(1)
      // The first is killed at once: the quickest import would be over after a pause.
      await pause(trial === 0 ? 0 : Math.random() * 150)
      child.kill('SIGKILL')
      await ended
      // The server hears of the end of its client in its own time.
      await database.unitOfWork({ exclusive: true }, () => Promise.resolve())
      const after = await exportOf(database)
      if (after.equals(before)) interrupted++
      else expect(after.equals(bytes)).toBe(true)
      expect(told.includes('applied') && after.equals(before)).toBe(false)
      await importInto(database, bytes, { mode: 'replace' })
      expect((await exportOf(database)).equals(bytes)).toBe(true)
    }
    expect(interrupted).toBeGreaterThan(0)
  }, 1_800_000)

  it('control: what a failed import did is to be seen when its unit is kept', async () => {
    await addAnnouncements(database, ...many(10, 2))
    const before = await exportOf(database)
    const bytes = documentOf({ users: [], announcements: [] })
    const checked = await check(bytes)
    const apply = (keep: boolean) =>
      database.unitOfWork({ exclusive: true, deadline: 'bulk' }, async (tx) => {
        const work = applyWithin(tx, database, checked, { mode: 'replace', safetyCopy: undefined })
        await (keep ? refusalOf(work) : work)
      })
    expect(await refusalOf(apply(false))).toBe('would_lock_out')
    expect((await exportOf(database)).equals(before)).toBe(true)
    await apply(true)
    expect((await exportOf(database)).equals(before)).toBe(false)
    await checked.dispose()
  })
})
