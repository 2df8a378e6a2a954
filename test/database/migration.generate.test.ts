import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { findStale } from '../../scripts/generated.check.ts'
import { contradictionToExpand } from '../../scripts/migration.contract.ts'
import { generateMigration } from '../../scripts/migration.generate.ts'
import { declaredModel } from '../../scripts/migration.kit.ts'
import { migrationsFolder, readManifest } from '../../src/database/migrations/manifest.ts'
import { temporaryFolder } from '../fixtures/migrations/write.ts'

const own = migrationsFolder()

/** One migration with all that the tables ask for now, however many there have been. */
const base = temporaryFolder()
beforeAll(() => {
  for (const engine of ['sqlite', 'postgres']) mkdirSync(join(base, engine))
  writeFileSync(join(base, 'migrations.json'), '[]')
  generateMigration(base, { name: 'init', compatible: false, rebuild: false })
})

describe('npm run generated', () => {
  it('finds nothing wrong with what is committed', () => {
    expect(findStale(own)).toEqual([])
  })

  it.each(['sqlite', 'postgres'])('finds a column that %s lacks', (engine) => {
    const set = copy()
    withoutColumn(set, engine)
    expect(findStale(set)).toEqual([
      expect.stringMatching(new RegExp(`^migrations/${engine} lacks .*ADD .*email`, 's')),
    ])
  })

  it('finds a model hash that is not that of the tables', () => {
    const set = copy()
    edit(join(set, 'migrations.json'), (text) => text.replace(declaredModel(), 'other'))
    expect(findStale(set)).toEqual([expect.stringMatching(/model hash of the last entry/)])
  })

  it('finds names that the dialects and the manifest do not share, and files too many', () => {
    const set = copy()
    edit(join(set, 'sqlite/meta/_journal.json'), (text) => text.replace('0000_init', '0000_start'))
    writeFileSync(join(set, 'postgres/0001_forgotten.sql'), 'select 1')
    expect(findStale(set)).toEqual([
      expect.stringMatching(/sqlite\/meta\/_journal.json and .* list different migrations/),
      expect.stringMatching(/files of migrations\/postgres are not those/),
    ])
  })

  it('finds a migration that was merged late', () => {
    const set = copy()
    const model = declaredModel()
    const names = ['0000_init', '0001_late'].map((name) => ({ name, compatible: false, model }))
    writeFileSync(join(set, 'migrations.json'), JSON.stringify(names))
    for (const engine of ['sqlite', 'postgres']) {
      writeFileSync(join(set, engine, '0001_late.sql'), 'select 1')
      edit(join(set, engine, 'meta/_journal.json'), (text) => {
        const journal = JSON.parse(text) as { entries: object[] }
        journal.entries.push({ idx: 1, version: '7', when: 1, tag: '0001_late', breakpoints: true })
        return JSON.stringify(journal)
      })
    }
    expect(findStale(set)).toEqual([
      expect.stringMatching(/sqlite.*merged late/),
      expect.stringMatching(/postgres.*merged late/),
    ])
  })

  it('finds a migration that says it is compatible and is not', () => {
    const set = copy()
    edit(join(set, 'migrations.json'), (text) => text.replace('false', 'true'))
    edit(join(set, 'postgres/0000_init.sql'), (text) => `DROP TABLE "old";\n${text}`)
    expect(findStale(set)).toEqual([
      '0000_init is marked compatible in migrations.json and drops a table',
    ])
  })
})

describe('npm run db:generate', () => {
  const wanted = { name: 'email', compatible: true, rebuild: false }

  it('refuses when nothing changed', () => {
    expect(() => generateMigration(copy(), wanted)).toThrow('nothing changed')
  })

  it('writes one name for both dialects, and its entry with the hash of the model', () => {
    const set = copy()
    for (const engine of ['sqlite', 'postgres']) withoutColumn(set, engine)

    const entry = generateMigration(set, wanted)

    expect(entry).toEqual({ name: '0001_email', compatible: true, model: declaredModel() })
    expect(readManifest(set)).toEqual([readManifest(base)[0], entry])
    for (const engine of ['sqlite', 'postgres']) {
      expect(readFileSync(join(set, engine, '0001_email.sql'), 'utf8')).toMatch(/ADD .*email/)
    }
    expect(findStale(set)).toEqual([])
  })

  it('writes an empty file where only the other dialect, or only the model, changed', () => {
    const set = copy()
    withoutColumn(set, 'sqlite')
    generateMigration(set, wanted)
    expect(readFileSync(join(set, 'postgres/0001_email.sql'), 'utf8')).not.toMatch(/ADD/)

    edit(join(set, 'migrations.json'), (text) => text.replaceAll(declaredModel(), 'other'))
    generateMigration(set, { ...wanted, name: 'model' })
    expect(findStale(set)).toEqual([])
  })

  it('refuses a rebuild on SQLite unless it was asked for, and leaves nothing of it', () => {
    const set = copy()
    edit(join(set, 'sqlite/meta/0000_snapshot.json'), (text) =>
      text.replace(
        '"name": "email",\n          "type": "text",\n          "primaryKey": false,\n          "notNull": false',
        '"name": "email",\n          "type": "text",\n          "primaryKey": false,\n          "notNull": true',
      ),
    )
    expect(() => generateMigration(set, wanted)).toThrow(/rebuild/)
    expect(readManifest(set)).toHaveLength(1)
    expect(generateMigration(set, { ...wanted, rebuild: true }).name).toBe('0001_email')
  })
})

describe('what the previous version cannot live with', () => {
  it.each([
    ['ALTER TABLE "a" ADD COLUMN "b" text;', undefined],
    ['ALTER TABLE "a" ADD COLUMN "b" text DEFAULT \'\' NOT NULL;', undefined],
    ['CREATE TABLE "a" ("b" text NOT NULL);', undefined],
    ['ALTER TABLE "a" ALTER COLUMN "b" DROP NOT NULL;', undefined],
    ['ALTER TABLE "a" ADD COLUMN "b" text NOT NULL;', 'adds a column that must be given'],
    ['ALTER TABLE "a" ALTER COLUMN "b" SET NOT NULL;', 'makes a column not nullable'],
    ['ALTER TABLE "a" ALTER COLUMN "b" SET DATA TYPE text;', 'changes the type of a column'],
    ['ALTER TABLE "a" RENAME COLUMN "b" TO "c";', 'renames'],
    ['ALTER TABLE "a" DROP COLUMN "b";', 'drops a column'],
    ['DROP TABLE "a" CASCADE;', 'drops a table'],
  ])('%s', (statement, reason) => {
    expect(contradictionToExpand(statement)).toBe(reason)
  })
})

function copy(): string {
  const folder = temporaryFolder()
  cpSync(base, folder, { recursive: true })
  return folder
}

function edit(file: string, change: (text: string) => string): void {
  const before = readFileSync(file, 'utf8')
  const after = change(before)
  if (after === before) throw new Error(`${file} was not changed`)
  writeFileSync(file, after)
}

/** A snapshot from before `users.email` was there. */
function withoutColumn(set: string, engine: string): void {
  edit(join(set, engine, 'meta/0000_snapshot.json'), (text) => {
    const snapshot = JSON.parse(text) as {
      tables: Record<string, { columns: object; indexes: object }>
    }
    const users = snapshot.tables.users ?? snapshot.tables['public.users']
    if (!users) throw new Error('the snapshot has no users')
    Reflect.deleteProperty(users.columns, 'email')
    Reflect.deleteProperty(users.indexes, 'users_email_unique')
    return JSON.stringify(snapshot, undefined, 2)
  })
}
