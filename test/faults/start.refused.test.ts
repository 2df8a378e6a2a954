import { createHash } from 'node:crypto'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleCopy } from '../support/bundle.ts'
import { startProcess, type Exit } from '../support/process.ts'
import { migrationsFolder } from '../../src/database/migrations/manifest.ts'
import { engines } from './engines.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-refused-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs the service until it ends by itself; one that goes on is a failure. */
async function endOf(environment: Record<string, string>, file?: string) {
  const service = await startProcess(environment, file === undefined ? {} : { file })
  const exit = await Promise.race([service.exited, tooLong()])
  return { ...exit, ms: performance.now() - service.startedAt, output: service.output() }
}

function tooLong(): Promise<Exit> {
  return new Promise((resolve) =>
    setTimeout(() => resolve({ code: null, signal: null }), 15_000).unref(),
  )
}

describe('a file that is no database of the service', () => {
  const files: Record<string, (file: string) => void | Promise<void>> = {
    'is empty': (file) => writeFileSync(file, ''),
    'is of another program': (file) => {
      const db = new BetterSqlite3(file)
      db.exec('create table theirs (id integer primary key); insert into theirs values (1)')
      db.close()
    },
    'is text': (file) => writeFileSync(file, 'SQLite, or so they say\n'.repeat(200)),
    'is cut off': async (file) => {
      await makeGood(file)
      writeFileSync(file, readFileSync(file).subarray(0, 5000))
    },
    'has a damaged page': async (file) => {
      await makeGood(file)
      const bytes = readFileSync(file)
      bytes.fill(0x5a, 4096 * 3, 4096 * 3 + 900)
      writeFileSync(file, bytes)
    },
  }

  test.each(Object.entries(files))(
    '%s: is refused with 65 and left as it is',
    async (name, make) => {
      const file = join(folder, `${name.replaceAll(' ', '-')}.db`)
      await make(file)
      const before = hashOf(file)

      const { code, output } = await endOf({ SQLITE_PATH: file })

      expect(output).toContain(file)
      expect(code).toBe(65)
      expect(hashOf(file)).toBe(before)
    },
  )

  test('is not taken for one that is: a good file starts, and changes', async () => {
    const file = join(folder, 'good.db')
    await makeGood(file)
    const service = await startProcess({ SQLITE_PATH: file })
    await service.ready()
    expect(await service.stop()).toEqual({ code: 0, signal: null })
  })
})

test('a wrong configuration ends the start with 78, names every variable, and no value', async () => {
  const values = {
    PORT: '99999123',
    LOG_LEVEL: 'canaryloud',
    DATABASE_URL: 'postgres://canaryuser:canarypassword@[HOST]:5432/canarydb',
    DATABASE_POOL_MAX: 'canarymany',
    DATABASE_QUERY_TIMEOUT: '-4711',
    ADMIN_PASSWORD: 'canary',
    BACKUP_TOKEN: 'canarytoken',
    SECRET_KEYS: 'canarykey,,:',
    IMPORT_MAX_BYTES: '0.4711',
  }

  const { code, ms, output } = await endOf(values)

  expect(code).toBe(78)
  expect(ms).toBeLessThan(2000)
  for (const variable of Object.keys(values)) expect(output).toContain(`${variable}:`)
  expect(output).not.toMatch(/canary|99999123|4711/)
})

describe.each(engines)('migrations on $engine', ({ engine, create, rows }) => {
  let url: string
  let file: string

  beforeAll(async () => {
    ;({ url } = await create())
    file = await bundleCopy(engine)
    const service = await startProcess({ DATABASE_URL: url })
    await service.ready()
    const as = await service.login()
    await service.call('POST', '/api/announcements', { as, body: { title: 'kept', body: '' } })
    await service.stop()
  })

  /** Gives the build other migrations than it was made with. */
  function changeMigrations(change: (folder: string) => void): void {
    const migrations = join(dirname(file), 'migrations')
    rmSync(migrations, { recursive: true, force: true })
    mkdirSync(migrations)
    cpSync(migrationsFolder(), migrations, { recursive: true })
    change(migrations)
  }

  test('one that was edited after it was applied: 78, and its name', async () => {
    changeMigrations((migrations) =>
      appendFileSync(join(migrations, engine, '0000_init.sql'), '\n-- an afterthought\n'),
    )
    const { code, output } = await endOf({ DATABASE_URL: url }, file)
    expect(code).toBe(78)
    expect(output).toContain('0000_init')
  })

  test('one that fails half-way: 70, and nothing of it is left', async () => {
    changeMigrations((migrations) => {
      const manifest = join(migrations, 'migrations.json')
      const entries = JSON.parse(readFileSync(manifest, 'utf8'))
      const name = '9999_fails'
      writeFileSync(manifest, JSON.stringify([...entries, { ...entries.at(-1), name }]))
      for (const dialect of ['sqlite', 'postgres']) {
        writeFileSync(join(migrations, dialect, `${name}.sql`), halfWay)
      }
    })
    const { code, output } = await endOf({ DATABASE_URL: url }, file)
    expect(code).toBe(70)
    expect(output).toContain('9999_fails')
    expect((await rows(url)).map(({ title }) => title)).toEqual(['kept'])

    const service = await startProcess({ DATABASE_URL: url })
    await service.ready()
    expect((await service.call('GET', '/api/announcements')).json.items).toHaveLength(1)
    await service.stop()
  })
})

const halfWay = `delete from announcements;--> statement-breakpoint
insert into no_such_table values (1);`

/** A database of the service, with a user in it, closed. */
async function makeGood(file: string): Promise<void> {
  const service = await startProcess({ SQLITE_PATH: file })
  await service.ready()
  await service.stop()
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
