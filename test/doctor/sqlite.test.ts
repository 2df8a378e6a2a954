import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../support/bundle.ts'
import { startProcess } from '../support/process.ts'
import { examine, expectHealthy } from './doctor.fixture.ts'

let folder: string
let good: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-doctor-'))
  good = join(folder, 'good', 'holdfast.db')
  const service = await startProcess({ SQLITE_PATH: good })
  await service.ready()
  await service.stop()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const addressOf = (file: string) => `sqlite:${file}`

describe('an SQLite file', () => {
  it('is well everywhere, and as it was afterwards', async () => {
    const before = readFileSync(good)
    const { findings, step } = await expectHealthy(addressOf(good))
    expect(findings.map(({ step }) => step)).toEqual([
      'address',
      'lasting',
      'folder',
      'space',
      'file',
      'integrity',
      'journal',
      'migrations',
    ])
    expect(step('journal')!.says).toContain('WAL')
    expect(step('migrations')!.says).toMatch(/all \d+ migrations are applied/)
    expect(readFileSync(good).equals(before)).toBe(true)
    expect(existsSync(`${good}-wal`)).toBe(false)
  })

  it('is well while the service has it open', async () => {
    const file = join(folder, 'busy.db')
    const service = await startProcess({ SQLITE_PATH: file })
    await service.ready()
    const { step } = await expectHealthy(addressOf(file))
    expect(step('file')).toMatchObject({ ok: true })
    expect(await service.stop()).toEqual({ code: 0, signal: null })
  })

  it('is well where none is yet, and is not made', async () => {
    const file = join(folder, 'new', 'holdfast.db')
    const { step } = await expectHealthy(addressOf(file))
    expect(step('file')!.says).toContain('the first start makes it')
    expect(existsSync(join(folder, 'new'))).toBe(false)
  })

  it('is named when it is the database of another program', async () => {
    const file = join(folder, 'other.db')
    new BetterSqlite3(file).exec('create table theirs (id)').close()
    const { failed } = await examine(addressOf(file))
    expect(failed).toMatchObject([
      { step: 'file', says: expect.stringContaining('another program') },
    ])
    expect(failed[0]!.remedy).toContain('name another file')
    expect(failed[0]!.leftOut).toContain('migrations')
    await expectHealthy(addressOf(join(folder, 'another.db')))
  })

  it('is named when it is no database, and stays as it is', async () => {
    const file = join(folder, 'notes.db')
    writeFileSync(file, 'notes, not rows')
    const { failed } = await examine(addressOf(file))
    expect(failed).toMatchObject([
      { step: 'file', says: expect.stringContaining('not an SQLite database') },
    ])
    expect(readFileSync(file, 'utf8')).toBe('notes, not rows')
  })

  it('is named when a page of it is damaged', async () => {
    const file = join(folder, 'damaged.db')
    const bytes = readFileSync(good)
    bytes.fill(0xff, 4096 + 16, 4096 * 6)
    writeFileSync(file, bytes)
    const { failed } = await examine(addressOf(file))
    expect(failed).toMatchObject([
      { step: 'integrity', remedy: expect.stringContaining('restore a copy') },
    ])
    writeFileSync(file, readFileSync(good))
    await expectHealthy(addressOf(file))
  })

  it('is named when its folder is a file', async () => {
    const { failed } = await examine(addressOf(join(good, 'inside.db')))
    expect(failed).toMatchObject([{ step: 'folder', says: expect.stringContaining('a file') }])
  })

  it('is named when its migrations were applied by a version that this one cannot live with', async () => {
    const file = join(folder, 'newer.db')
    writeFileSync(file, readFileSync(good))
    const newer = new BetterSqlite3(file)
    newer
      .prepare('insert into holdfast_migrations values (?, 9999, ?, 0, ?)')
      .run('9999_newer', 'f'.repeat(64), new Date().toISOString())
    newer.close()
    const { failed } = await examine(addressOf(file))
    expect(failed).toMatchObject([
      { step: 'migrations', says: expect.stringContaining('9999_newer') },
    ])
    expect(failed[0]!.remedy).toContain('run the newer version')
  })

  it('does not last in memory, which is said', async () => {
    const { step } = await examine('sqlite::memory:')
    expect(step('lasting')).toMatchObject({ ok: false, says: expect.stringContaining('memory') })
  })
})

describe('a folder without the right to write', () => {
  it('is named, and passes once it is given', async () => {
    const closed = join(folder, 'closed')
    chmodSync(folder, 0o755)
    mkdirSync(closed, { mode: 0o555 })
    const file = join(closed, 'holdfast.db')
    const refused = await asOrdinaryUser(file)
    expect(refused.stdout).toMatch(/FAILED {2}folder .*cannot be written/)
    expect(refused.stdout).toContain('chmod')
    expect(refused.status).toBe(1)
    chmodSync(closed, 0o777)
    expect((await asOrdinaryUser(file)).status).toBe(0)
  })
})

/** Root may write everywhere, so that it runs the doctor as nobody. */
async function asOrdinaryUser(file: string) {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return spawnSync(process.execPath, [await bundle(), 'doctor', addressOf(file)], {
    cwd: folder,
    env: { PATH: process.env.PATH, NODE_ENV: 'production' },
    encoding: 'utf8',
    ...(process.getuid?.() === 0 && { uid: id('-u'), gid: id('-g') }),
  })
}
