import { closeSync, openSync, readSync } from 'node:fs'
import type { Findings } from '../step.ts'
import type { SqliteContext } from './context.ts'

/** Whether the file is in WAL mode, as bytes 18 and 19 of it say (sqlite.org/fileformat2.html): 2 means that it is. */
export function lookAtJournal({ file, exists }: SqliteContext): Promise<Findings> {
  if (!exists) return Promise.resolve({ ok: true, says: 'the first start sets WAL mode.' })
  const bytes = Buffer.alloc(20)
  const handle = openSync(file, 'r')
  try {
    readSync(handle, bytes, 0, 20, 0)
  } finally {
    closeSync(handle)
  }
  const wal = bytes[18] === 2 && bytes[19] === 2
  return Promise.resolve({
    ok: true,
    says: wal ? 'WAL mode.' : 'not in WAL mode; the next start sets it.',
  })
}
