import { statSync } from 'node:fs'
import { DatabaseError, StartError } from '../../database/database.errors.ts'
import { quickCheck } from '../../database/sqlite/integrity.ts'
import type { Findings } from '../step.ts'
import type { SqliteContext } from './context.ts'

/** Bytes; as at a start, for a larger file would take too long. */
const checkedUpTo = 200 * 1024 * 1024

/** Lets SQLite look through the file. */
export function checkIntegrity({ file, exists }: SqliteContext): Promise<Findings> {
  return Promise.resolve(exists ? judge(file) : { ok: true, says: 'nothing to check yet.' })
}

function judge(file: string): Findings {
  try {
    quickCheck(file)
  } catch (error) {
    if (error instanceof StartError) {
      return {
        ok: false,
        says: `${file} is damaged.`,
        remedy:
          'Keep it as it is; restore a copy, or move it away and import an export into a new file.',
      }
    }
    if (error instanceof DatabaseError && error.kind === 'busy') {
      return {
        ok: false,
        away: true,
        says: 'another process holds the file.',
        remedy: 'Try again, or stop that process.',
      }
    }
    throw error
  }
  if (statSync(file).size > checkedUpTo) {
    return { ok: true, says: 'not looked through: the file has more than 200 MB.' }
  }
  return { ok: true, says: 'quick_check finds nothing wrong.' }
}
