import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import * as postgresSchema from '../drizzle/postgres.schema.ts'
import * as sqliteSchema from '../drizzle/sqlite.schema.ts'
import { readManifest } from '../src/database/migrations/manifest.ts'
import { postgresTables } from '../src/database/tables/postgres.ts'
import { findStaleTable } from './configuration.table.ts'
import { contradictionToExpand } from './migration.contract.ts'
import {
  declaredModel,
  engines,
  generate,
  onCopy,
  readJournal,
  root,
  sqlFiles,
  type Engine,
} from './migration.kit.ts'

const remedy = 'npm run db:generate -- NAME --expand|--contract'

/** Says everything that is wrong with the generated migrations; nothing when they are what the tables ask for. */
export function findStale(migrations: string): string[] {
  const files = [
    ...schemaProblems(),
    ...modelProblems(migrations),
    ...engines.flatMap((engine) => journalProblems(migrations, engine)),
  ]
  // With files missing, the rest would only fail at more length.
  if (files.length > 0) return files
  const drift = onCopy(migrations, (copy) =>
    engines.flatMap((engine) => driftProblems(copy, engine)),
  )
  return [...compatibilityProblems(migrations), ...drift]
}

function schemaProblems(): string[] {
  const declared = Object.keys(postgresTables).sort()
  return Object.entries({ 'postgres.schema.ts': postgresSchema, 'sqlite.schema.ts': sqliteSchema })
    .filter(([, schema]) => !isDeepStrictEqual(Object.keys(schema).sort(), declared))
    .map(([file]) => `drizzle/${file} does not export every table: ${declared.join(', ')}`)
}

function modelProblems(migrations: string): string[] {
  if (readManifest(migrations).at(-1)?.model === declaredModel()) return []
  return [`the model hash of the last entry of migrations.json is not the tables': ${remedy}`]
}

function journalProblems(migrations: string, engine: Engine): string[] {
  const names = readManifest(migrations).map(({ name }) => name)
  const { entries } = readJournal(migrations, engine)
  const files = sqlFiles(join(migrations, engine)).map((file) => file.replace('.sql', ''))
  const journal = `migrations/${engine}/meta/_journal.json`
  const problems: string[] = []
  if (
    !isDeepStrictEqual(
      entries.map(({ tag }) => tag),
      names,
    )
  ) {
    problems.push(`${journal} and migrations/migrations.json list different migrations`)
  }
  if (!isDeepStrictEqual(files, [...names].sort())) {
    problems.push(`the files of migrations/${engine} are not those of migrations/migrations.json`)
  }
  if (entries.some(({ when }, index) => index > 0 && when <= (entries[index - 1]?.when ?? 0))) {
    problems.push(
      `${journal}: "when" does not increase, a migration was merged late: generate it again`,
    )
  }
  return problems
}

function compatibilityProblems(migrations: string): string[] {
  return readManifest(migrations)
    .filter(({ compatible }) => compatible)
    .flatMap(({ name }) => {
      const file = join(migrations, 'postgres', `${name}.sql`)
      const reason = contradictionToExpand(readFileSync(file, 'utf8'))
      return reason ? [`${name} is marked compatible in migrations.json and ${reason}`] : []
    })
}

function driftProblems(copy: string, engine: Engine): string[] {
  const written = generate(copy, { engine, name: 'drift' })
  if (!written) return []
  const text = readFileSync(join(copy, engine, written), 'utf8')
  return [`migrations/${engine} lacks what the tables ask for (${remedy}):\n${text}`]
}

if (import.meta.main) {
  const problems = [...findStaleTable(), ...findStale(join(root, 'migrations'))]
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
  else {
    console.log('README.md: the settings of the schema')
    console.log('migrations: what the tables ask for, alike for both dialects')
  }
}
