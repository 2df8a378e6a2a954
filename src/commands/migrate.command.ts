import { parseArgs } from 'node:util'
import { migrate, migrationStatus } from '../database/migrations/migrate.ts'
import { readMigrations } from '../database/migrations/manifest.ts'
import { UsageError } from './command.errors.ts'
import { withDatabase, type Command } from './command.ts'

const usage = `holdfast migrate [status] [--dry-run]

Applies what the database lacks, all of it or nothing; the service does the same when it starts.
  status      lists the migrations and changes nothing
  --dry-run   applies them, checks, and rolls back
`

export const migrateCommand: Command = {
  summary: 'apply, list or rehearse migrations',
  usage,
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      options: { 'dry-run': { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    const [word, ...more] = positionals
    if (more.length > 0 || (word !== undefined && word !== 'status')) {
      throw new UsageError(`migrate does not know ${positionals.join(' ')}`, usage)
    }
    await (word === 'status' ? status() : apply(values['dry-run']))
  },
}

function status(): Promise<void> {
  return withDatabase(async ({ database }) => {
    await database.open()
    for (const { name, state, appliedAt } of await migrationStatus(
      database,
      readMigrations(database.engine),
    )) {
      process.stdout.write(`${state.padEnd(8)} ${name}${appliedAt ? `  ${appliedAt}` : ''}\n`)
    }
  })
}

function apply(dryRun: boolean): Promise<void> {
  return withDatabase(async ({ database, log }) => {
    await database.open()
    const report = await migrate(database, readMigrations(database.engine), { dryRun, log })
    const verb = dryRun ? 'would apply' : 'applied'
    for (const name of report.applied) process.stdout.write(`${verb} ${name}\n`)
    if (report.copy !== undefined) process.stdout.write(`copy before: ${report.copy}\n`)
    if (report.applied.length === 0) process.stdout.write(`nothing to do: at ${report.head}\n`)
  })
}
