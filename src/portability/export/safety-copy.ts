import { createWriteStream } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Database, Queryable } from '../../database/database.ts'
import { currentModel } from '../../database/tables/model.ts'
import { credentialPolicy } from './credentials.ts'
import { writeTo } from './stream.ts'
import { writeExport } from './export.ts'
import { exportedTables } from '../registry.ts'
import type { SecretKeys } from '../format/seal-keys.ts'

/** Where to keep what an import replaces, and the keys to seal its credentials with. */
export interface SafetyCopy {
  folder: string
  secretKeys?: SecretKeys | undefined
}

/**
 * Writes an export of what the unit sees, history included, as `before-import-<time>.json.gz`, readable by the
 * service's own user alone. The file is durable when this resolves; gives its path.
 */
export async function keepSafetyCopy(
  tx: Queryable,
  database: Pick<Database, 'tables'>,
  { folder, secretKeys }: SafetyCopy,
): Promise<string> {
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-')
  const path = join(folder, `before-import-${time}.json.gz`)
  const unfinished = `${path}.part`
  await mkdir(folder, { recursive: true })
  const gzip = createGzip()
  const filed = pipeline(gzip, createWriteStream(unfinished, { mode: 0o600, flush: true }))
  const written = writeExport({
    db: tx,
    database,
    schema: currentModel(),
    tables: exportedTables(true),
    policy: credentialPolicy(secretKeys),
    write: (chunk) => writeTo(gzip, chunk),
  }).then(
    () => void gzip.end(),
    (error: unknown) => {
      gzip.destroy(error as Error)
      throw error
    },
  )
  // The file's own error tells more than that of a writer who was cut off.
  const [file, copy] = await Promise.allSettled([filed, written])
  const failed = file.status === 'rejected' ? file : copy
  if (failed.status === 'rejected') {
    await rm(unfinished, { force: true })
    throw failed.reason
  }
  await rename(unfinished, path)
  await syncFolder(folder)
  return path
}

async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders, and keeps their entries by itself.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
