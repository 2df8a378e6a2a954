import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { expect, test, describe } from 'vitest'
import { StartError } from '../../src/database/database.errors.ts'
import { openSqlite } from '../../src/database/sqlite/sqlite.ts'
import { openTestDatabase, options, range, temporaryFolder, userRow } from './sqlite.fixture.ts'

const applicationId = 0x486f6c64

describe('a path where nothing is', () => {
  test('becomes a database of this service, folders and all, and nothing else', async () => {
    const file = join(temporaryFolder(), 'a', 'b', 'new.db')
    await open(file)
    expect(readdirSync(dirname(file))).toEqual(['new.db'])
    const bytes = readFileSync(file)
    expect(bytes.toString('latin1', 0, 15)).toBe('SQLite format 3')
    expect(bytes.readUInt32BE(68)).toBe(applicationId)
    expect(bytes[18]).toBe(2)
  })

  test('becomes one database when several are opened there at once', async () => {
    const file = join(temporaryFolder(), 'new.db')
    const databases = range(8).map(() => openSqlite({ kind: 'sqlite', file }, options))
    await Promise.all(databases.map((database) => database.open()))
    await Promise.all(databases.map((database) => database.close()))
    expect(readdirSync(dirname(file))).toEqual(['new.db'])
  })

  test('that cannot be written is refused with a sentence', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')
    expect(await refusal(join(folder, 'file', 'new.db'))).toMatchObject({
      exitCode: 78,
      message: expect.stringContaining('SQLITE_PATH'),
    })
  })
})

describe('a file of this service', () => {
  test('is opened again, also when it was not closed', async () => {
    const { database, file } = await openTestDatabase()
    await database.unitOfWork({}, (tx) => tx.insert(database.tables.users).values(userRow('ada')))
    const copy = join(temporaryFolder(), 'copy.db')
    copyFileSync(file, copy)
    copyFileSync(`${file}-wal`, `${copy}-wal`)

    const again = await openTestDatabase({}, copy)
    expect(await again.db.select().from(again.tables.users)).toHaveLength(1)
  })

  test('with a log of zeros, as a crash may leave it, is opened', async () => {
    const file = await closedDatabase()
    writeFileSync(`${file}-wal`, Buffer.alloc(4096))
    await open(file)
  })

  test('in another journal mode is put into ours', async () => {
    const file = await closedDatabase()
    const other = new BetterSqlite3(file)
    other.pragma('journal_mode = DELETE')
    other.close()
    const database = openSqlite({ kind: 'sqlite', file }, options)
    await database.open()
    expect(await database.describe()).toMatchObject({ journalMode: 'wal', synchronous: 'full' })
    await database.close()
  })

  test('can be opened after a refused try', async () => {
    const file = await closedDatabase()
    const database = openSqlite({ kind: 'sqlite', file }, options)
    renameSync(file, `${file}.away`)
    mkdirSync(file)
    await expect(database.open()).rejects.toThrow(StartError)
    renameSync(file, `${file}.folder`)
    renameSync(`${file}.away`, file)
    await database.open()
    await database.probe()
    await database.close()
  })
})

describe('a file that is not what it should be is refused and left as it is:', () => {
  test.each<[name: string, spoil: (file: string) => void]>([
    ['an empty one', (file) => truncateSync(file, 0)],
    ['a text', (file) => writeFileSync(file, 'name,email\n'.repeat(1000))],
    ['some bytes', (file) => writeFileSync(file, 'SQLite format 3\0')],
    ['an overwritten header', (file) => overwrite(file, 0, Buffer.alloc(100, 0xff))],
    ['a database of another program', writeForeignDatabase],
    ['a database that is cut off', (file) => truncateSync(file, statSync(file).size / 2)],
    ['a database that is cut off by a byte', (file) => truncateSync(file, statSync(file).size - 1)],
    ['overwritten pages', (file) => overwrite(file, 4096, Buffer.alloc(8 * 4096, 0xa5))],
    ['a log that is none', (file) => writeFileSync(`${file}-wal`, 'garbage'.repeat(1000))],
    ['a log with a broken header', (file) => writeFileSync(`${file}-wal`, brokenLog())],
    ['overwritten pages beside a log', overwriteBesideLog],
  ])('%s', async (_, spoil) => {
    const file = await closedDatabase()
    spoil(file)
    const before = contents(dirname(file))

    const error = await refusal(file)

    expect(error).toMatchObject({ exitCode: 65 })
    expect((error as Error).message).toMatch(/restore|name another file/)
    expect((error as Error).message).toContain(file)
    const after = contents(dirname(file))
    // The index of a log is made anew at every opening.
    delete after['closed.db-shm']
    expect(after).toEqual(before)
  })

  test('a folder', async () => {
    const folder = temporaryFolder()
    expect(await refusal(folder)).toMatchObject({ exitCode: 65 })
    expect(readdirSync(folder)).toEqual([])
  })

  test('a symbolic link', async () => {
    const file = await closedDatabase()
    const link = join(temporaryFolder(), 'link.db')
    symlinkSync(file, link)
    expect(await refusal(link)).toMatchObject({ exitCode: 65 })
  })

  test('single pages overwritten with noise, wherever SQLite can tell', async () => {
    const trials = Number(process.env.HOLDFAST_TRIALS ?? 20)
    const good = readFileSync(await closedDatabase())
    const file = join(temporaryFolder(), 'noise.db')
    const missed: number[] = []
    for (const trial of range(trials)) {
      const page = 1 + (trial % (good.length / 4096 - 1))
      const spoiled = Buffer.from(good)
      for (let at = page * 4096; at < (page + 1) * 4096; at += 1) spoiled[at] = Math.random() * 256
      writeFileSync(file, spoiled)
      const error = await refusal(file)
      if (!(error instanceof StartError) || error.exitCode !== 65) missed.push(page)
      expect(readFileSync(file).equals(spoiled)).toBe(true)
    }
    expect(missed).toEqual([])
  })
})

describe('a file that goes away while it is open', () => {
  test('takes no more writes, whether moved or replaced, until it is back', async () => {
    const { database, file, tables, db } = await openTestDatabase()
    const turns: boolean[] = []
    const write = (name: string) =>
      database.unitOfWork({}, (tx) => tx.insert(tables.users).values(userRow(name)))
    await write('before')
    database.onOutcomeChange((ok) => turns.push(ok))

    renameSync(file, `${file}.away`)
    await expect(write('moved')).rejects.toMatchObject({ kind: 'unavailable', outcome: 'none' })
    await expect(database.probe()).rejects.toMatchObject({ kind: 'unavailable' })
    copyFileSync(`${file}.away`, file)
    await expect(write('replaced')).rejects.toMatchObject({ kind: 'unavailable' })
    expect(turns).toEqual([false])

    renameSync(`${file}.away`, file)
    await write('after')
    expect(turns).toEqual([false, true])
    expect(await db.select().from(tables.users)).toHaveLength(2)
  })
})

async function open(file: string): Promise<void> {
  const database = openSqlite({ kind: 'sqlite', file }, options)
  try {
    await database.open()
  } finally {
    await database.close()
  }
}

async function refusal(file: string): Promise<unknown> {
  return open(file).then(
    () => 'opened',
    (error: unknown) => error,
  )
}

/** Some pages of tables and indexes, and no log. */
async function closedDatabase(): Promise<string> {
  const { database, file, tables } = await openTestDatabase(
    {},
    join(temporaryFolder(), 'closed.db'),
  )
  await database.unitOfWork({}, (tx) =>
    tx.insert(tables.users).values(range(300).map((n) => userRow(`user-${n}`))),
  )
  await database.close()
  expect(existsSync(`${file}-wal`)).toBe(false)
  return file
}

function overwrite(file: string, at: number, bytes: Buffer) {
  const content = readFileSync(file)
  bytes.copy(content, at)
  writeFileSync(file, content)
}

function writeForeignDatabase(file: string) {
  truncateSync(file, 0)
  const foreign = new BetterSqlite3(file)
  foreign.exec('create table theirs (id)')
  foreign.close()
}

/** As after a crash: pages in the log, and damage in the file. */
function overwriteBesideLog(file: string) {
  const writer = new BetterSqlite3(file)
  writer.pragma('wal_autocheckpoint = 0')
  writer.exec(`insert into settings values ('in the log', '')`)
  const log = readFileSync(`${file}-wal`)
  writer.close()
  overwrite(file, 4096, Buffer.alloc(8 * 4096, 0xa5))
  writeFileSync(`${file}-wal`, log)
}

function brokenLog(): Buffer {
  const log = Buffer.alloc(8192, 1)
  log.writeUInt32BE(0x377f0682, 0)
  return log
}

function contents(folder: string): Record<string, string> {
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex')
  return Object.fromEntries(readdirSync(folder).map((name) => [name, hash(name)]))
}
