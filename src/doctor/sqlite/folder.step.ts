import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Findings } from '../step.ts'
import type { SqliteContext } from './context.ts'

/** Whether the folder of the file is there, or can be made, and may be written by this user. */
export function lookAtFolder({ file }: SqliteContext): Promise<Findings> {
  return Promise.resolve(judge(dirname(file)))
}

function judge(folder: string): Findings {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found && !found.isDirectory()) {
    return {
      ok: false,
      says: `${folder} is a file, not a folder.`,
      remedy: 'Give SQLITE_PATH a file in a folder.',
    }
  }
  if (!found) {
    const parent = judge(dirname(folder))
    if (!parent.ok) return parent
    return { ok: true, says: `the folder ${folder} is not there yet, and can be made.` }
  }
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return {
      ok: false,
      says: `the folder ${folder} cannot be written by this user (${code}).`,
      remedy: `Give the folder to the user of the service (chown, chmod u+rwx), or give SQLITE_PATH a file in another one.`,
    }
  }
  return { ok: true, says: `the folder ${folder} can be written.` }
}
