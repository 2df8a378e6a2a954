import { closeSync, existsSync, openSync, readSync, statSync, type Stats } from 'node:fs'
import { StartError } from '../database.errors.ts'

/** "Hold" in ASCII: what `pragma application_id` says of every file of this service. */
export const applicationId = 0x486f6c64

const magic = 'SQLite format 3\0'
const remedy =
  'it was left as it is; restore it from a copy, or move it away and import an export into a new one'

/**
 * Reads the first bytes of a database file, and of its log, before SQLite may: nothing is changed by it.
 * Never call it while this process has the file open: closing a file drops SQLite's locks on it.
 * Raises `StartError` 65.
 */
export function checkFile(file: string, found: Stats): void {
  if (found.isDirectory()) throw refused(file, 'is a folder, not a database file')
  if (found.isSymbolicLink()) {
    throw refused(file, 'is a symbolic link; name the file that it points to')
  }
  if (!found.isFile()) throw refused(file, 'is not a regular file')
  if (found.size === 0) throw refused(file, `is empty (0 bytes); ${remedy}`)

  const header = firstBytes(file, 100)
  if (header.length < 100 || header.toString('latin1', 0, 16) !== magic) {
    throw refused(file, `is not an SQLite database; ${remedy}`)
  }
  if (header.readUInt32BE(68) !== applicationId) {
    throw refused(file, 'is a database of another program; name another file')
  }
  if (logBytes(file) > 0) checkLog(file)
  else checkLength(file)
}

/**
 * With a log, the file may rightly be shorter: the rest is in there. Another instance may be moving its log into the
 * file just now, so that a file is cut off only if its log is empty before and after, and the size is read last.
 */
function checkLength(file: string, triesLeft = 3): void {
  const header = firstBytes(file, 100)
  const { size } = statSync(file)
  const stored = header.readUInt16BE(16)
  const pageSize = stored === 1 ? 65_536 : stored
  const wanted = pageSize * header.readUInt32BE(28)
  if (size >= wanted || logBytes(file) > 0) return
  if (triesLeft > 0) return checkLength(file, triesLeft - 1)
  throw refused(file, `is cut off (${size} of ${wanted} bytes); ${remedy}`)
}

function logBytes(file: string): number {
  return statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
}

/** SQLite would take a log with a broken header for no log, and lose what is in it. Zeros are one never begun. */
function checkLog(file: string): void {
  const header = firstBytes(`${file}-wal`, 32)
  // Short, too, when another instance has just closed, and so deleted, it.
  if (header.length < 32 || header.every((byte) => byte === 0)) return
  if (hasLogMagic(header) && hasLogChecksum(header)) return
  throw refused(`${file}-wal`, `is not the log of an SQLite database; ${remedy}`)
}

function hasLogMagic(header: Buffer): boolean {
  return header.readUInt32BE(0) >>> 1 === 0x377f0682 >>> 1
}

/** The last bit of the magic number tells in which byte order the sums are made, never how they are stored. */
function hasLogChecksum(header: Buffer): boolean {
  const bigEndian = (header.readUInt32BE(0) & 1) === 1
  const word = (offset: number) =>
    bigEndian ? header.readUInt32BE(offset) : header.readUInt32LE(offset)
  let first = 0
  let second = 0
  for (let offset = 0; offset < 24; offset += 8) {
    first = (first + word(offset) + second) >>> 0
    second = (second + word(offset + 4) + first) >>> 0
  }
  return header.readUInt32BE(24) === first && header.readUInt32BE(28) === second
}

function firstBytes(file: string, count: number): Buffer {
  const bytes = Buffer.alloc(count)
  if (!existsSync(file)) return bytes.subarray(0, 0)
  const handle = openSync(file, 'r')
  try {
    return bytes.subarray(0, readSync(handle, bytes, 0, count, 0))
  } finally {
    closeSync(handle)
  }
}

export function refused(file: string, why: string, cause?: unknown): StartError {
  return new StartError(65, `${file} ${why}`, { cause })
}

/** What a damaged file is refused with, wherever the damage shows. */
export function damaged(file: string, cause?: unknown): StartError {
  return refused(file, `is damaged; ${remedy}`, cause)
}
