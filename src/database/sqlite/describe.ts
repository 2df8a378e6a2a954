import { statSync } from 'node:fs'
import type { Connection } from './connection.ts'

/** What an administrator wants to know of the file and its settings. Sizes are bytes. */
export function describe(file: string, connection: Connection) {
  const asked = (name: string) =>
    connection.pragma(name, { simple: true }) as string | number | null
  const size = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0
  const version = connection.prepare<[], string>('select sqlite_version()').pluck().get() ?? null
  return {
    version,
    fileBytes: size(file),
    logBytes: size(`${file}-wal`),
    journalMode: asked('journal_mode'),
    // Set at every opening; the pragma's own answer cannot be relied on before that.
    synchronous: asked('synchronous') === 2 ? 'full' : asked('synchronous'),
    foreignKeys: asked('foreign_keys') === 1,
    pageBytes: asked('page_size'),
    pages: asked('page_count'),
    freePages: asked('freelist_count'),
  }
}
