import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { StartError } from '../database.errors.ts'
import type { Database } from '../database.ts'

/** One line of migrations.json: the order of the migrations, and what the SQL does not say. */
export interface ManifestEntry {
  name: string
  /** Whether the service as it was before can live with the schema as it is after: an expanding migration, not a contracting one. */
  compatible: boolean
  /** SHA-256 of the neutral model of the tables after it: see tables/model.ts. */
  model: string
}

export interface Migration {
  name: string
  compatible: boolean
  statements: string[]
  /** SHA-256 of the file's bytes, hexadecimal. */
  sha256: string
}

/** Where the service's own migrations are: beside the bundle's folder, or above the sources. */
export function migrationsFolder(from: string = import.meta.dirname): string {
  const folder = join(from, 'migrations')
  if (existsSync(join(folder, 'migrations.json'))) return folder
  const parent = dirname(from)
  if (parent === from) throw new StartError(78, 'the folder migrations/ is missing from this build')
  return migrationsFolder(parent)
}

/** Reads migrations.json, in order. Raises `StartError` (78) when it cannot be read or is not a manifest. */
export function readManifest(folder: string = migrationsFolder()): ManifestEntry[] {
  const entries = parsed(readShipped(join(folder, 'migrations.json')).toString())
  if (Array.isArray(entries) && entries.every(isEntry)) return entries
  throw new StartError(
    78,
    'migrations/migrations.json is not a list of migrations: restore the file',
  )
}

/** Reads a dialect's migrations, in the manifest's order. Raises `StartError` (78) when a file is missing. */
export function readMigrations(
  engine: Database['engine'],
  folder: string = migrationsFolder(),
): Migration[] {
  return readManifest(folder).map(({ name, compatible }) => {
    const file = readShipped(join(folder, engine, `${name}.sql`))
    return {
      name,
      compatible,
      statements: statementsIn(file.toString()),
      sha256: createHash('sha256').update(file).digest('hex'),
    }
  })
}

function statementsIn(text: string): string[] {
  return text
    .split('--> statement-breakpoint')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
}

function readShipped(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new StartError(78, `${file} cannot be read: restore it from the build`, { cause: error })
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isEntry(value: unknown): value is ManifestEntry {
  const { name, compatible, model } = (value ?? {}) as Record<string, unknown>
  return (
    typeof name === 'string' &&
    /^\w+$/.test(name) &&
    typeof compatible === 'boolean' &&
    typeof model === 'string'
  )
}
