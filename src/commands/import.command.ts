import { constants, createReadStream } from 'node:fs'
import { access } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { auditRow, system, type Act } from '../audit/entry.ts'
import { applyAudited } from '../modules/portability/audited.ts'
import { applyImport, importUnit, type ApplyOptions } from '../portability/import/apply/apply.ts'
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

    if (file !== '-') await access(file, constants.R_OK).catch(unreadable(file))
    const report = await withStorage(async ({ config, database, log }) => {
      const { secretKeys } = config
      const checked = await checkImport(file === '-' ? process.stdin : bytesOf(file), {
        folder: tmpdir(),
        maxBytes: config.importMaxBytes,
        secretKeys,
        log,
      })
      try {
        const options: ApplyOptions = {
          mode,
          dryRun: values['dry-run'],
          mapUsers: onConflict === 'map',
          safetyCopy: safetyCopy === 'none' ? undefined : config.dataFolder,
          secretKeys,
        }
        if (values['dry-run']) return await applyImport(database, checked, options)
        return await database.unitOfWork(importUnit, (tx) =>
          applyAudited(tx, { database, checked, options, rowOf }),
        )
      } finally {
        await checked.dispose()
      }
    }).catch(asBadData)
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  },
}

function rowOf({ details }: Pick<Act, 'details'>) {
  return auditRow({ action: 'data.import', actor: system, details })
}

/** Opens the file with the first read: there is nobody to hear of a failure before. */
async function* bytesOf(file: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(file)
  } catch (error) {
    unreadable(file)(error)
  }
}

function unreadable(file: string): (error: unknown) => never {
  return (error) => {
    const { code } = error as NodeJS.ErrnoException
    throw new Error(`${file} cannot be read (${code})`, { cause: error })
  }
}

function oneOf<Word extends string>(option: string, given: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === given)
  if (!found) throw new UsageError(`${option} takes ${words.join(' or ')}`, usage)
  return found
}

/** Bad data ends with 65, as everywhere. */
function asBadData(error: unknown): never {
  if (error instanceof ImportError) {
    const row = error.row === undefined ? '' : `, row ${error.row}`
    const place = error.table === undefined ? '' : ` (${error.table}${row})`
    throw Object.assign(new Error(`${error.code}: ${error.message}${place}`), { exitCode: 65 })
  }
  throw error
}
