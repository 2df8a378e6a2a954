import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readManifest, type ManifestEntry } from '../src/database/migrations/manifest.ts'
import { contradictionToExpand } from './migration.contract.ts'
import { declaredModel, engines, generate, onCopy, root } from './migration.kit.ts'

const usage = `npm run db:generate -- NAME --expand|--contract [--rebuild]

  NAME        snake_case, without a number
  --expand    the previous version of the service can live with the schema after it
  --contract  it cannot
  --rebuild   SQLite may rebuild a table: the file was read, and every column is carried over`

interface Wanted {
  name: string
  compatible: boolean
  rebuild: boolean
}

/**
 * Writes the next migration for both dialects under one name, and its entry in migrations.json; everything or
 * nothing. Gives the entry. Raises when nothing changed, or when the SQL does more than was asked for.
 */
export function generateMigration(migrations: string, wanted: Wanted): ManifestEntry {
  return onCopy(migrations, (copy) => {
    const manifest = readManifest(copy)
    const model = declaredModel()
    const files = generateBoth(copy, wanted.name, model === manifest.at(-1)?.model)
    refuseRebuild(join(copy, 'sqlite', files.sqlite), wanted)
    refuseContract(join(copy, 'postgres', files.postgres), wanted)
    if (files.sqlite !== files.postgres) {
      throw new Error(`the dialects are numbered apart: ${files.sqlite}, ${files.postgres}`)
    }
    const name = files.sqlite.replace('.sql', '')
    const entry = { name, compatible: wanted.compatible, model }
    const text = JSON.stringify([...manifest, entry], undefined, 2)
    writeFileSync(join(copy, 'migrations.json'), `${text}\n`)
    cpSync(copy, migrations, { recursive: true })
    return entry
  })
}

function generateBoth(copy: string, name: string, sameModel: boolean) {
  const sqlite = generate(copy, { engine: 'sqlite', name })
  const postgres = generate(copy, { engine: 'postgres', name })
  if (!sqlite && !postgres && sameModel) {
    throw new Error('nothing changed: both dialects have every table as declared')
  }
  // A change that only one of them sees, or neither (an order, a class), has an empty file in the other.
  const empty = (engine: (typeof engines)[number]) => {
    const file = generate(copy, { engine, name, custom: true })
    if (!file) throw new Error(`drizzle-kit wrote no file for ${engine}`)
    return file
  }
  return { sqlite: sqlite ?? empty('sqlite'), postgres: postgres ?? empty('postgres') }
}

function refuseRebuild(file: string, { rebuild }: Wanted): void {
  if (rebuild || !readFileSync(file, 'utf8').includes('__new_')) return
  throw new Error(
    'SQLite would rebuild a table: all its rows move, and references to it are off meanwhile. ' +
      'Find a change that needs none, or say --rebuild and read the file',
  )
}

function refuseContract(file: string, { compatible }: Wanted): void {
  const reason = compatible ? contradictionToExpand(readFileSync(file, 'utf8')) : undefined
  if (reason) throw new Error(`it ${reason}: that is --contract`)
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      expand: { type: 'boolean', default: false },
      contract: { type: 'boolean', default: false },
      rebuild: { type: 'boolean', default: false },
    },
  })
  const [name] = positionals
  if (!name || !/^[a-z][a-z0-9_]*$/.test(name) || values.expand === values.contract) {
    console.error(usage)
    process.exitCode = 2
    return
  }
  const { expand: compatible, rebuild } = values
  try {
    const entry = generateMigration(join(root, 'migrations'), { name, compatible, rebuild })
    console.log(`migrations/{sqlite,postgres}/${entry.name}.sql: read both, then commit them`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}

if (import.meta.main) main()
