import { open, rename, rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { auditRow, system } from '../audit/entry.ts'
import { auditExport } from '../modules/portability/audited.ts'
import { exportDatabase } from '../portability/export/export.ts'
import { UsageError } from './command.errors.ts'
import { withStorage, type Command, type Opened } from './command.ts'

const usage = `holdfast export [FILE] [--include history]

Writes everything in the configured database, one consistent state, to FILE or to standard output.
FILE is complete or not there: it gets its name after its last byte is on the disk. A SQLite file that is not there
ends it with 65; none is created.
`

export const exportCommand: Command = {
  summary: 'write everything to a file',
  usage,
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      options: { include: { type: 'string' } },
      allowPositionals: true,
    })
    const [file, ...more] = positionals
    if (more.length > 0) throw new UsageError('export takes one file', usage)
    if (values.include !== undefined && values.include !== 'history') {
      throw new UsageError('--include takes: history', usage)
    }
    const history = values.include === 'history'
    await (file === undefined ? toStandardOutput(history) : toFile(file, history))
  },
}

/** Nothing is worth a backup of a database that was created for it. */
const options = { mustExist: true }

function toStandardOutput(history: boolean): Promise<void> {
  return withStorage(async (opened) => {
    const { config, database } = opened
    await tellAudit(opened, history)
    await exportDatabase(
      database,
      { secretKeys: config.secretKeys, history },
      (chunk) =>
        new Promise((resolve, reject) => {
          process.stdout.write(chunk, (error) => (error ? reject(error) : resolve()))
        }),
    )
  }, options)
}

function toFile(file: string, history: boolean): Promise<void> {
  return withStorage(async (opened) => {
    const { config, database } = opened
    await tellAudit(opened, history)
    const unfinished = `${file}.unfinished`
    const handle = await open(unfinished, 'w', 0o600)
    try {
      const { rows } = await exportDatabase(
        database,
        { secretKeys: config.secretKeys, history },
        async (chunk) => {
          await handle.writeFile(chunk)
        },
      )
      await handle.sync()
      await rename(unfinished, file)
      for (const [table, count] of Object.entries(rows)) process.stderr.write(`${count} ${table}\n`)
    } finally {
      await handle.close()
      await rm(unfinished, { force: true })
    }
  }, options)
}

function tellAudit({ storage, log }: Opened, history: boolean): Promise<void> {
  const row = auditRow({ action: 'data.export', actor: system, details: { history } })
  return auditExport(storage, row, log)
}
