import { existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Findings } from '../step.ts'
import type { SqliteContext } from './context.ts'

/** Bytes that a service needs for its log and its imports at the very least. */
const leastFree = 64 * 1024 * 1024

/** How much room the disk has: a migration makes a copy of the file first. */
export function measureSpace({ file }: SqliteContext): Promise<Findings> {
  const { bavail, bsize } = statfsSync(nearestFolder(dirname(file)))
  const free = bavail * bsize
  const wanted = leastFree + (statSync(file, { throwIfNoEntry: false })?.size ?? 0)
  const says = `${(free / 1e6).toFixed(0)} MB free.`
  if (free >= wanted) return Promise.resolve({ ok: true, says })
  return Promise.resolve({
    ok: false,
    says: `${says} The log, and the copy before a migration, may need ${(wanted / 1e6).toFixed(0)} MB.`,
    remedy: 'Make room on the disk, or give SQLITE_PATH a file on a larger one.',
  })
}

function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(dirname(folder))
}
