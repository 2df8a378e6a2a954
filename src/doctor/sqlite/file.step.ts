import { accessSync, constants, lstatSync } from 'node:fs'
import { StartError } from '../../database/database.errors.ts'
import { checkFile } from '../../database/sqlite/check.ts'
import type { Findings } from '../step.ts'
import type { SqliteContext } from './context.ts'

/** Whether there is a file, of this service, whole by its size, and open to this user. */
export function lookAtFile(context: SqliteContext): Promise<Findings> {
  const { file } = context
  const found = lstatSync(file, { throwIfNoEntry: false })
  context.exists = found !== undefined
  if (!found) {
    return Promise.resolve({
      ok: true,
      says: `${file} is not there yet; the first start makes it.`,
    })
  }
  try {
    if (found.isFile()) accessSync(file, constants.R_OK | constants.W_OK)
    checkFile(file, found)
  } catch (error) {
    return Promise.resolve(explain(file, error))
  }
  const says = `${file} is a database of this service (${(found.size / 1e6).toFixed(1)} MB).`
  return Promise.resolve({ ok: true, says })
}

function explain(file: string, error: unknown): Findings {
  if (error instanceof StartError) {
    const [says, remedy] = error.message.split('; ')
    return { ok: false, says: `${says}.`, remedy: `${remedy ?? 'give SQLITE_PATH another file'}.` }
  }
  const { code } = error as NodeJS.ErrnoException
  return {
    ok: false,
    says: `${file} cannot be read and written by this user (${code}).`,
    remedy: 'Give the file to the user of the service (chown, chmod u+rw).',
  }
}
