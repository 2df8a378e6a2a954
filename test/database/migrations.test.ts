import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  migrationsFolder,
  readManifest,
  readMigrations,
} from '../../src/database/migrations/manifest.ts'
import { temporaryFolder, writeMigrations } from '../fixtures/migrations/write.ts'

const folder = migrationsFolder()

describe('the set of migrations', () => {
  it('has the same names in both dialects, in the order of the manifest', () => {
    const names = readManifest().map(({ name }) => name)
    expect(readMigrations('sqlite').map(({ name }) => name)).toEqual(names)
    expect(readMigrations('postgres').map(({ name }) => name)).toEqual(names)
  })

  it('carries the SHA-256 of the bytes of each file', () => {
    for (const engine of ['sqlite', 'postgres'] as const) {
      for (const { name, sha256 } of readMigrations(engine)) {
        const bytes = readFileSync(join(folder, engine, `${name}.sql`))
        expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
      }
    }
  })

  it('is split into statements', () => {
    const set = writeMigrations([{ name: '0000_two', sql: ['select 1', 'select 2'] }])
    expect(readMigrations('sqlite', set)[0]?.statements).toEqual(['select 1;', 'select 2'])
  })

  it('is found above the sources and beside the bundle, wherever it was started', () => {
    const root = join(import.meta.dirname, '../..')
    expect(migrationsFolder(join(root, 'dist'))).toBe(folder)
    expect(migrationsFolder(join(root, 'src/database'))).toBe(folder)
  })

  it('stops the start with 78 when the folder, the manifest or a file is missing', () => {
    const empty = temporaryFolder()
    expect(() => migrationsFolder(empty)).toThrow(expect.objectContaining({ exitCode: 78 }))
    expect(() => readMigrations('sqlite', empty)).toThrow(expect.objectContaining({ exitCode: 78 }))

    const set = writeMigrations([{ name: '0000_gone', sql: ['select 1'] }])
    rmSync(join(set, 'postgres', '0000_gone.sql'))
    expect(() => readMigrations('postgres', set)).toThrow(/0000_gone\.sql cannot be read/)
  })

  it.each([
    '{}',
    '[{"name":"../secret","compatible":true,"model":""}]',
    '[{"name":"0000_a"}]',
    '[null]',
    'x',
  ])('refuses %s as a manifest', (text) => {
    const broken = temporaryFolder()
    mkdirSync(join(broken, 'sqlite'))
    writeFileSync(join(broken, 'migrations.json'), text)
    expect(() => readManifest(broken)).toThrow(expect.objectContaining({ exitCode: 78 }))
  })
})
