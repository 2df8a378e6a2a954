import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseError } from '../database.errors.ts'
import { retryWhileBusy } from './busy.ts'
import { connect, type Connection } from './connection.ts'
import { classify } from './errors.ts'
import { identityOf, prepareFile, type FileIdentity } from './file.ts'
import { asRefusal, quickCheck } from './integrity.ts'
import { createRun, type Run, type StatementOptions } from './statements.ts'

/** A connection and its statements. */
export interface Line {
  connection: Connection
  run: Run
}

export interface Store {
  file: string
  writer: Line
  reader: Line
  /** Raises `unavailable` when the path has come to mean another file, or none. */
  assertSameFile: () => void
  close: () => void
}

/**
 * The most pages that the reader keeps in memory: a spec among 100,000 is on six pages, a search of fifty on two
 * hundred, and each that is not kept is read from the file anew. The driver's own bound is 16 MB.
 */
const readerCacheKiB = 32 * 1024

/** The files that this process has open, by device and inode, and how often. */
const openHere = new Map<string, number>()

/**
 * Checks the file, or creates it, and opens its two connections. `:memory:` is a file of its own in the folder for
 * temporary ones, gone when it is closed: the writer and the reader have to share it.
 */
export async function openStore(
  target: string,
  options: StatementOptions & { lockMs: number },
): Promise<Store> {
  const folder = target === ':memory:' ? mkdtempSync(join(tmpdir(), 'holdfast-')) : undefined
  const file = folder ? join(folder, 'memory.db') : resolve(target)
  try {
    const store = await open(file, options)
    const close = () => {
      store.close()
      removeFolder(folder)
    }
    return { ...store, close }
  } catch (error) {
    removeFolder(folder)
    throw asRefusal(file, error)
  }
}

async function open(file: string, options: StatementOptions & { lockMs: number }): Promise<Store> {
  prepareFile(file, { knownGood: isOpenHere(file) })
  const identity = identityOf(file)
  if (!identity) throw vanished()
  // Before SQLite opens it and before anything is awaited: nobody else here may read the file by itself from now on.
  const forget = remember(identity)
  const connections: Connection[] = []
  const close = () => {
    for (const connection of connections) connection.close()
    forget()
  }

  // Another process that starts now, too, may be putting the log in order.
  const until = performance.now() + options.lockMs
  const line = async (readonly: boolean): Promise<Line> => {
    const connection = await retryWhileBusy(until, () => connect(file, { readonly }))
    connections.unshift(connection)
    return { connection, run: createRun(connection, options) }
  }
  try {
    await retryWhileBusy(until, () => quickCheck(file))
    const writer = await line(false)
    const reader = await line(true)
    reader.connection.pragma(`cache_size = ${-readerCacheKiB}`)
    return {
      file,
      writer,
      reader,
      assertSameFile: () => assertSame(file, identity),
      close() {
        tidy(writer.connection)
        close()
      },
    }
  } catch (error) {
    close()
    throw error
  }
}

function assertSame(file: string, { dev, ino }: FileIdentity): void {
  const now = identityOf(file)
  if (now?.ino !== ino || now.dev !== dev) throw vanished()
}

/** Leaves fresh statistics and an empty log, where nobody else has the file open. */
function tidy(writer: Connection): void {
  try {
    writer.pragma('optimize')
    writer.pragma('wal_checkpoint(TRUNCATE)')
  } catch (error) {
    // Closing does without; a broken disk has been told of by what failed on it.
    if (classify(error).kind === 'other') throw error
  }
}

function vanished(): DatabaseError {
  return new DatabaseError('unavailable', 'the database file was moved, deleted or replaced', {
    outcome: 'none',
  })
}

/** A file that is open may not be read beside SQLite (see checkFile), and was found good when it was opened. */
function isOpenHere(file: string): boolean {
  const identity = identityOf(file)
  return identity !== undefined && openHere.has(keyOf(identity))
}

function remember(identity: FileIdentity): () => void {
  const key = keyOf(identity)
  openHere.set(key, (openHere.get(key) ?? 0) + 1)
  return () => {
    const left = (openHere.get(key) ?? 1) - 1
    if (left > 0) openHere.set(key, left)
    else openHere.delete(key)
  }
}

function keyOf({ dev, ino }: FileIdentity): string {
  return `${dev}:${ino}`
}

function removeFolder(folder: string | undefined): void {
  if (folder) rmSync(folder, { recursive: true, force: true })
}
