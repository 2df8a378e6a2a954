import { createReadStream } from 'node:fs'
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { applyImport } from '../portability/import/apply/apply.ts'
import { checkImport } from '../portability/import/import.ts'
import { ImportError } from '../portability/portability.errors.ts'
import { UsageError } from './command.errors.ts'
import { withStorage, type Command } from './command.ts'

const usage = `holdfast import FILE [--mode merge|replace] [--dry-run] [--on-user-conflict map] [--safety-copy none]

Reads an export, gzipped or not (- is standard input), checks it whole, and applies all of it or nothing to the
configured database.
  --mode replace         afterwards there is nothing else; a copy of what was there is kept in the data folder
  --dry-run              do everything, tell, and take it back
  --on-user-conflict map a username that is here under another id: attach what is his to that user
  --safety-copy none     replace without keeping a copy
`

export const importCommand: Command = {
  summary: 'read an export into the database',
  usage,
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      options: {
        mode: { type: 'string', default: 'merge' },
        'dry-run': { type: 'boolean', default: false },
        'on-user-conflict': { type: 'string', default: 'refuse' },
        'safety-copy': { type: 'string', default: 'file' },
      },
      allowPositionals: true,
    })
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0) throw new UsageError('import takes one file', usage)
    const mode = oneOf('--mode', values.mode, ['merge', 'replace'])
    const onConflict = oneOf('--on-user-conflict', values['on-user-conflict'], ['refuse', 'map'])
    const safetyCopy = oneOf('--safety-copy', values['safety-copy'], ['file', 'none'])

    const report = await withStorage(async ({ config, database, log }) => {
      const source = file === '-' ? process.stdin : createReadStream(file)
      const { secretKeys } = config
      const checked = await checkImport(source, {
        folder: tmpdir(),
        maxBytes: config.importMaxBytes,
        secretKeys,
        log,
      })
      try {
        return await applyImport(database, checked, {
          mode,
          dryRun: values['dry-run'],
          mapUsers: onConflict === 'map',
          safetyCopy: safetyCopy === 'none' ? undefined : config.dataFolder,
          secretKeys,
        })
      } finally {
        await checked.dispose()
      }
    }).catch(asBadData)
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  },
}

function oneOf<Word extends string>(option: string, given: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === given)
  if (!found) throw new UsageError(`${option} takes ${words.join(' or ')}`, usage)
  return found
}

/** Bad data ends with 65, as everywhere. */
function asBadData(error: unknown): never {
  if (error instanceof ImportError) {
    const place = error.table === undefined ? '' : ` (${error.table}, row ${error.row ?? '?'})`
    throw Object.assign(new Error(`${error.code}: ${error.message}${place}`), { exitCode: 65 })
  }
  throw error
}
