import { PassThrough, type Readable, type Writable } from 'node:stream'
import type { Database } from '../../database/database.ts'
import type { Write } from './chunks.ts'
import { exportDatabase, type ExportOptions } from './export.ts'

/**
 * The export as a stream that waits for its reader. Destroying it ends the export and lets its snapshot go; a failure
 * destroys it, with the error, before the footer.
 */
export function exportStream(database: Database, options: ExportOptions): Readable {
  return streamOf((write) => exportDatabase(database, options, write))
}

/** What a function writes, as a stream. */
export function streamOf(produce: (write: Write) => Promise<unknown>): Readable {
  const stream = new PassThrough({ highWaterMark: 64 * 1024 })
  produce((chunk) => writeTo(stream, chunk)).then(
    () => stream.end(),
    (error: unknown) => stream.destroy(error as Error),
  )
  return stream
}

/** Writes, and waits while the stream is full. Raises when it was destroyed. */
export async function writeTo(stream: Writable, chunk: Buffer): Promise<void> {
  if (!stream.destroyed && stream.write(chunk)) return
  if (!stream.destroyed) await drained(stream)
  if (stream.destroyed) throw new Error('the reader of the export went away')
}

function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    function done() {
      stream.off('drain', done).off('close', done)
      resolve()
    }
    stream.on('drain', done).on('close', done)
  })
}
