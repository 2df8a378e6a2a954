import { statSync } from 'node:fs'
import BetterSqlite3 from 'better-sqlite3'
import { DatabaseError } from '../database.errors.ts'
import { damaged } from './check.ts'
import { classify } from './errors.ts'

/** Bytes; a larger file would hold up the start for too long. */
const checkedUpTo = 200 * 1024 * 1024

/**
 * Lets SQLite look through a file of up to 200 MB and its log. Raises `StartError` 65 when it is damaged, and leaves
 * it unchanged then; `DatabaseError` when it could not be looked at.
 */
export function quickCheck(file: string): void {
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
  if (statSync(file).size + log > checkedUpTo) return
  // A connection that may write moves the log into the file when it closes; one that may not leaves an empty log behind.
  const connection = new BetterSqlite3(file, {
    readonly: log > 0,
    fileMustExist: true,
    timeout: 0,
  })
  try {
    connection.pragma('trusted_schema = OFF')
    connection.pragma('cell_size_check = ON')
    const found = connection.pragma('quick_check(1)', { simple: true })
    if (found !== 'ok') throw damaged(file)
  } catch (error) {
    throw asRefusal(file, error)
  } finally {
    connection.close()
  }
}

/** Gives an error of opening the file the words of a refused start, where it is one. */
export function asRefusal(file: string, error: unknown): unknown {
  if (!(error instanceof BetterSqlite3.SqliteError) && !(error instanceof DatabaseError)) {
    return error
  }
  const classified = classify(error)
  return classified.kind === 'corrupt' ? damaged(file, classified) : classified
}
