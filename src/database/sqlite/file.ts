import { randomBytes } from 'node:crypto'
import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  type Stats,
} from 'node:fs'
import { dirname } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { StartError } from '../database.errors.ts'
import { applicationId, checkFile } from './check.ts'

/** Which file a path means: changes when it is replaced. */
export interface FileIdentity {
  dev: number
  ino: number
}

/**
 * Makes sure that a database of this service is at the path: creates it where nothing is, and looks closely at what
 * is there before SQLite may open, and so change, it. Blocks the event loop: for the start only.
 * Raises `StartError`: 65 when it is another or a damaged file, 75 without room, 78 when it may not be written.
 */
export function prepareFile(file: string, options: { knownGood: boolean }): void {
  const found = look(file)
  if (!found) return create(file)
  if (options.knownGood) return
  if (found.isFile()) assertWritable(file)
  checkFile(file, found)
}

/** Undefined where the path means no file. */
export function identityOf(file: string): FileIdentity | undefined {
  const stats: Stats | undefined = statSync(file, { throwIfNoEntry: false })
  return stats && { dev: stats.dev, ino: stats.ino }
}

function look(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false })
  } catch (error) {
    throw notWritable(file, error)
  }
}

/** Made beside and linked into place when whole: after a crash there is no file, or a good one. */
function create(file: string): void {
  const folder = dirname(file)
  const beside = `${file}.${randomBytes(6).toString('hex')}.new`
  try {
    mkdirSync(folder, { recursive: true })
    writeEmptyDatabase(beside)
    syncPath(beside)
    linkUnlessThere(beside, file)
    syncPath(folder)
  } catch (error) {
    throw cannotCreate(file, error)
  } finally {
    rmSync(beside, { force: true })
  }
}

function writeEmptyDatabase(file: string): void {
  const connection = new BetterSqlite3(file)
  try {
    connection.pragma('synchronous = FULL')
    connection.pragma(`application_id = ${applicationId}`)
    connection.pragma('journal_mode = WAL')
  } finally {
    connection.close()
  }
}

/** Another process may be first: then its file is ours. */
function linkUnlessThere(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** Makes a file's content, or a folder's entries, durable. */
export function syncPath(path: string): void {
  // Windows opens no folders; its file system keeps their entries in a journal.
  if (process.platform === 'win32' && statSync(path).isDirectory()) return
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function assertWritable(file: string): void {
  for (const path of [file, dirname(file)]) {
    try {
      accessSync(path, constants.R_OK | constants.W_OK)
    } catch (error) {
      throw notWritable(path, error)
    }
  }
}

/** SQLite keeps its log beside the file, so that the folder has to be writable too. */
function notWritable(path: string, cause: unknown): StartError {
  return new StartError(
    78,
    `${path} cannot be written by this user: give SQLITE_PATH a file in a folder that can be`,
    { cause },
  )
}

function cannotCreate(file: string, cause: unknown): StartError {
  const code = codeOf(cause)
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL') {
    return new StartError(75, `no room is left to create ${file}`, { cause })
  }
  return new StartError(
    78,
    `${file} cannot be created (${code}): give SQLITE_PATH a file in a folder that can be written`,
    { cause },
  )
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
