import { PassThrough, type Readable } from 'node:stream'
import type { Database } from '../database/database.ts'
import { exportDatabase, type ExportOptions } from './export.ts'

/**
 * The export as a stream that waits for its reader. Destroying it ends the export and lets its snapshot go; a failure
 * destroys it, with the error, before the footer.
 */
export function exportStream(database: Database, options: ExportOptions): Readable {
  const stream = new PassThrough({ highWaterMark: 64 * 1024 })
  exportDatabase(database, options, (chunk) => writeTo(stream, chunk)).then(
    () => stream.end(),
    (error: unknown) => stream.destroy(error as Error),
  )
  return stream
}

async function writeTo(stream: PassThrough, chunk: Buffer): Promise<void> {
  if (!stream.destroyed && stream.write(chunk)) return
  if (!stream.destroyed) await drained(stream)
  if (stream.destroyed) throw new Error('the reader of the export went away')
}

function drained(stream: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    function done() {
      stream.off('drain', done).off('close', done)
      resolve()
    }
    stream.on('drain', done).on('close', done)
  })
}
