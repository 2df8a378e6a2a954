import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { postgresTables } from '../src/database/tables/postgres.ts'
import { describeModel, modelHash } from '../src/database/tables/model.ts'
import { declarations } from '../src/database/tables/tables.ts'

export const root = join(import.meta.dirname, '..')
export const engines = ['sqlite', 'postgres'] as const
export type Engine = (typeof engines)[number]

/** The hash of the model of the tables as they are declared now. */
export function declaredModel(): string {
  return modelHash(describeModel(postgresTables, declarations))
}

/** Works on a copy of a migrations folder, which is gone afterwards. */
export function onCopy<Result>(migrations: string, work: (copy: string) => Result): Result {
  const copy = mkdtempSync(join(tmpdir(), 'holdfast-migrations-'))
  try {
    cpSync(migrations, copy, { recursive: true })
    return work(copy)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/**
 * Lets drizzle-kit compare the declared tables with the newest snapshot in `migrations`, and gives the name of the
 * file that it wrote there; undefined when nothing had changed. Raises with its output when it failed.
 */
export function generate(
  migrations: string,
  { engine, name, custom = false }: { engine: Engine; name: string; custom?: boolean },
): string | undefined {
  const folder = join(migrations, engine)
  const before = new Set(sqlFiles(folder))
  const written = () => sqlFiles(folder).find((file) => !before.has(file))
  const args = [
    `--dialect=${engine === 'postgres' ? 'postgresql' : engine}`,
    `--schema=./drizzle/${engine}.schema.ts`,
    // An absolute path would be read as relative.
    `--out=${relative(root, folder)}`,
    `--name=${name}`,
    ...(custom ? ['--custom'] : []),
  ]
  // On a terminal it asks what was renamed, and cannot be overheard.
  if (process.stdin.isTTY && process.stdout.isTTY) drizzleKit(args, 'inherit')
  if (written()) return written()
  const output = drizzleKit(args, 'pipe')
  // Its exit code is 0 whatever happened.
  if (!written() && !output.includes('No schema changes')) {
    throw new Error(`drizzle-kit failed for ${engine}:\n${output}`)
  }
  return written()
}

export function sqlFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
}

export interface Journal {
  entries: { idx: number; when: number; tag: string }[]
}

export function readJournal(migrations: string, engine: Engine): Journal {
  const file = join(migrations, engine, 'meta', '_journal.json')
  return JSON.parse(readFileSync(file, 'utf8')) as Journal
}

function drizzleKit(args: string[], output: 'inherit' | 'pipe'): string {
  const command = join(root, 'node_modules', 'drizzle-kit', 'bin.cjs')
  const stdin = output === 'inherit' ? 'inherit' : 'ignore'
  const run = spawnSync(process.execPath, [command, 'generate', ...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: [stdin, output, output],
  })
  if (run.error) throw run.error
  return `${run.stdout}${run.stderr}`
}
