import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { DatabaseError } from '../database.errors.ts'
import { classify } from './errors.ts'

export type Connection = BetterSqlite3.Database

/**
 * Opens a file that is there, and sets everything that durability and integrity rest on; no default is relied on
 * (with better-sqlite3's own, a commit in WAL mode is not synced although `pragma synchronous` reads 2).
 * Never waits for a lock: waiting stalls the event loop, so it is for the caller to try again. Raises `DatabaseError`.
 */
export function connect(file: string, { readonly = false } = {}): Connection {
  let connection: Connection | undefined
  try {
    connection = new BetterSqlite3(file, { readonly, fileMustExist: true, timeout: 0 })
    connection.pragma('trusted_schema = OFF')
    connection.pragma('cell_size_check = ON')
    connection.pragma('mmap_size = 0')
    connection.pragma('temp_store = MEMORY')
    connection.pragma('foreign_keys = ON')
    if (!readonly) connection.pragma('journal_mode = WAL')
    connection.pragma('synchronous = FULL')
    connection.pragma(`journal_size_limit = ${64 * 1024 * 1024}`)
    return connection
  } catch (error) {
    connection?.close()
    // The driver looks for the folder by itself, and has no code for what it says then.
    if (!existsSync(dirname(file))) {
      throw new DatabaseError('unavailable', 'the folder of the database file is gone')
    }
    throw classify(error)
  }
}
