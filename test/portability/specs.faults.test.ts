import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { createSqlite, databases } from '../support/databases.ts'
import { fixtures } from '../support/specs.ts'
import {
  addUsers,
  check,
  clear,
  exportOf,
  idOf,
  importInto,
  leftovers,
  openMigrated,
  passwordHashOf,
  refusalOf,
  scratchFolder,
  trials,
  urlOf,
} from './portability.fixture.ts'
import { checked, documentText, publishAll, type CheckedSpec } from './specs.fixture.ts'

const admin = {
  id: idOf(1),
  username: 'admin',
  role: 'admin' as const,
  passwordHash: passwordHashOf(),
}

/** Real ones and a long one, so that a row begins in one piece of the source and ends in another. */
function published(): CheckedSpec[] {
  const long = Buffer.from(documentText('Long', 'lorem ipsum "dolor" sit amet\n'.repeat(20_000)))
  return [
    ...fixtures('real').map((spec) => ({ ...spec, document: checked(spec) })),
    { file: 'long.json', document: checked({ content: long }) },
  ]
}

let exported: Buffer

beforeAll(async () => {
  const source = await openMigrated(createSqlite)
  await addUsers(source, admin)
  await publishAll(source, published(), [admin.id])
  exported = await exportOf(source)
}, 120_000)

describe('an export with documents is refused', () => {
  const somewhere = (length: number) => Math.floor(Math.random() * length)

  it('cut anywhere', async () => {
    const packed = gzipSync(exported)
    for (let trial = 0; trial < (trials || 20); trial++) {
      const length = somewhere(exported.length)
      const cut = check(exported.subarray(0, length))
      expect(await refusalOf(cut), `at ${length}`).toBe('import_incomplete')
      const shorter = 2 + somewhere(packed.length - 2)
      const cutGzip = check(packed.subarray(0, shorter))
      expect(await refusalOf(cutGzip), `gzip at ${shorter}`).toBe('import_incomplete')
    }
    expect(leftovers()).toEqual([])
  }, 1_800_000)

  it('with any flipped bit', async () => {
    let read = 0
    for (let trial = 0; trial < (trials || 40); trial++) {
      const bit = somewhere(exported.length * 8)
      const bytes = Buffer.from(exported)
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(await refusalOf(check(bytes)), `bit ${bit}`).toBeTypeOf('string')
      if (isJson(bytes)) read++
    }
    // The control: whoever only read it would have taken most of them.
    expect(read).toBeGreaterThan(0)
    expect(leftovers()).toEqual([])
  }, 1_800_000)
})

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString())
    return true
  } catch {
    return false
  }
}

describe.each(databases)('an import of documents on $engine', ({ create }) => {
  let database: Database

  beforeAll(async () => {
    database = await openMigrated(create)
  })

  beforeEach(async () => {
    await clear(database)
    await addUsers(database, admin)
  })

  it('that is killed leaves what was there, or is whole; sent again it completes', async () => {
    const file = join(scratchFolder(), 'import.json')
    writeFileSync(file, exported)
    const some = published().slice(0, 2)
    let interrupted = 0
    const count = trials || 3
    for (let trial = 0; trial < count; trial++) {
      await clear(database)
      await addUsers(database, admin)
      await publishAll(database, some, [admin.id])
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
      // The first one is not let go on: some trial has to interrupt.
      await pause(trial === 0 ? 0 : Math.random() * 400)
      child.kill('SIGKILL')
      await ended
      // The server hears of the end of its client in its own time.
      await database.unitOfWork({ exclusive: true }, () => Promise.resolve())
      const after = await exportOf(database)
      if (after.equals(before)) interrupted++
      else expect(after.equals(exported)).toBe(true)
      expect(told.includes('applied') && after.equals(before)).toBe(false)
      await importInto(database, exported, { mode: 'replace' })
      expect((await exportOf(database)).equals(exported)).toBe(true)
    }
    expect(interrupted).toBeGreaterThan(0)
    if (trials > 0) process.stdout.write(`killed: ${count}, interrupted: ${interrupted}\n`)
  }, 1_800_000)
})
