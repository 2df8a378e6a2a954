import BetterSqlite3 from 'better-sqlite3'
import { DatabaseError, type DatabaseErrorKind } from '../database.errors.ts'

/** By the beginning of SQLite's extended result code; the first that fits. */
const kinds: [prefix: string, kind: DatabaseErrorKind, message: string][] = [
  ['SQLITE_CONSTRAINT_UNIQUE', 'unique', 'a row with these values exists already'],
  ['SQLITE_CONSTRAINT_PRIMARYKEY', 'unique', 'a row with this key exists already'],
  ['SQLITE_CONSTRAINT_ROWID', 'unique', 'a row with this key exists already'],
  ['SQLITE_CONSTRAINT_FOREIGNKEY', 'foreign_key', 'a row refers to one that is not there'],
  ['SQLITE_CONSTRAINT_CHECK', 'check', 'a value breaks a check'],
  ['SQLITE_CONSTRAINT_NOTNULL', 'not_null', 'a value is missing'],
  ['SQLITE_BUSY', 'busy', 'the database file is locked by another process'],
  ['SQLITE_LOCKED', 'busy', 'the database file is locked'],
  ['SQLITE_PROTOCOL', 'busy', 'the database file is locked by another process'],
  ['SQLITE_FULL', 'full', 'no room is left for the database'],
  // The index of the write-ahead log could not grow: that, too, is a full disk.
  ['SQLITE_IOERR_SHMSIZE', 'full', 'no room is left for the database'],
  ['SQLITE_READONLY_DBMOVED', 'unavailable', 'the database file was moved away'],
  ['SQLITE_READONLY', 'readonly', 'the database takes no writes'],
  ['SQLITE_CORRUPT', 'corrupt', 'the database file is damaged'],
  ['SQLITE_NOTADB', 'corrupt', 'the file is no database'],
  ['SQLITE_IOERR', 'unavailable', 'the database file could not be read or written'],
  ['SQLITE_CANTOPEN', 'unavailable', 'the database file could not be opened'],
  ['SQLITE_NOMEM', 'unavailable', 'no memory is left for the database'],
  ['SQLITE_INTERRUPT', 'timeout', 'the statement was interrupted'],
]

/** Gives SQLite's errors the contract's words; every other error is a mistake in the code. */
export function classify(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error
  if (!(error instanceof BetterSqlite3.SqliteError)) {
    return new DatabaseError('other', 'a statement could not be bound or run')
  }
  const { code } = error
  const [, kind, message] = kinds.find(([prefix]) => code.startsWith(prefix)) ?? other
  const constraint = kind === 'unique' ? uniqueConstraint(code, error.message) : undefined
  return new DatabaseError(kind, message, {
    code,
    ...(constraint && { constraint }),
    // A commit frame that was written and not synced counts again after a crash; all else is rolled back.
    ...(kind !== 'other' && { outcome: isLostSync(code) ? 'unknown' : 'none' }),
  })
}

const other = ['', 'other', 'a statement failed'] as const

/** After a failed sync nobody knows what of the file is on the disk: only a new start may write again. */
export function isLostSync(code: string | undefined): boolean {
  return code === 'SQLITE_IOERR_FSYNC' || code === 'SQLITE_IOERR_DIR_FSYNC'
}

/** `UNIQUE constraint failed: t.a, t.b` → `t_a_b_unique` or `t_pkey`; an index over expressions is named itself. */
function uniqueConstraint(code: string, message: string): string | undefined {
  const failed = /failed: (.+)$/.exec(message)?.[1]
  const index = failed && /^index '(.+)'$/.exec(failed)?.[1]
  if (!failed || index) return index
  const columns = failed.split(', ').map((column) => column.split('.'))
  const table = columns[0]?.[0]
  if (code !== 'SQLITE_CONSTRAINT_UNIQUE') return `${table}_pkey`
  return [table, ...columns.map(([, name]) => name), 'unique'].join('_')
}
