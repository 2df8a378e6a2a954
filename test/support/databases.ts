import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, inject } from 'vitest'

export interface TestDatabase {
  /** Goes into `DATABASE_URL`; `sqlite:` addresses too. */
  url: string
}

/** The databases that every test body runs on: `describe.each(databases)('… on $engine', ({ create }) => …)`. */
export const databases = [
  { engine: 'sqlite' as const, create: createSqlite },
  { engine: 'postgres' as const, create: createPostgres },
]

// Here, and not where they are made: within a test, afterAll() is forgotten.
const folders: string[] = []
const names: string[] = []
afterAll(async () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  for (const name of names) {
    await asServer(inject('postgresUrl'), `drop database if exists ${name} with (force)`)
  }
})

/** The address of a SQLite file that is not there yet; its folder goes after the file's tests. */
export function createSqlite(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
  folders.push(folder)
  return Promise.resolve({ url: `sqlite:///${join(folder, 'holdfast.db')}` })
}

/** An empty database on the server of the run; dropped after the file's tests. */
export async function createPostgres(): Promise<TestDatabase> {
  const server = inject('postgresUrl')
  const name = `test_${randomBytes(6).toString('hex')}`
  await asServer(server, `create database ${name}`)
  names.push(name)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href }
}

async function asServer(url: string, statement: string) {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}
