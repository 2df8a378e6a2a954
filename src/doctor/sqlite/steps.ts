import { resolve } from 'node:path'
import type { Finding } from '../finding.ts'
import { lookAtMigrations } from '../migrations.step.ts'
import { runSteps, type Step } from '../step.ts'
import type { SqliteContext } from './context.ts'
import { lookAtFile } from './file.step.ts'
import { lookAtFolder } from './folder.step.ts'
import { checkIntegrity } from './integrity.step.ts'
import { lookAtJournal } from './journal.step.ts'
import { askWhetherItLasts } from './lasting.step.ts'
import { measureSpace } from './space.step.ts'

const steps: readonly Step<SqliteContext>[] = [
  { name: 'lasting', withinMs: 2_000, run: askWhetherItLasts },
  { name: 'folder', withinMs: 2_000, gate: true, run: lookAtFolder },
  { name: 'space', withinMs: 2_000, run: measureSpace },
  { name: 'file', withinMs: 2_000, gate: true, run: lookAtFile },
  { name: 'integrity', withinMs: 20_000, gate: true, run: checkIntegrity },
  { name: 'journal', withinMs: 2_000, run: lookAtJournal },
  { name: 'migrations', withinMs: 10_000, run: lookAtMigrationsOfFile },
]

/** Looks at an SQLite file, from its folder to its migrations; not while this process has it open. */
export async function* lookAtSqlite(
  about: Omit<SqliteContext, 'file' | 'exists'>,
  until: number,
): AsyncGenerator<Finding> {
  const { target } = about
  if (target.file === ':memory:') {
    yield { step: 'lasting', ...(await askWhetherItLasts({ ...about, file: target.file })) }
    return
  }
  yield* runSteps(steps, { ...about, file: resolve(target.file) }, until)
}

function lookAtMigrationsOfFile(context: SqliteContext) {
  const none = { ok: true, says: 'the first start applies all of them.' }
  return context.exists ? lookAtMigrations(context) : Promise.resolve(none)
}
