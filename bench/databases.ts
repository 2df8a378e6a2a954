import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startPostgres } from '../test/support/postgres.setup.ts'
import { fill, type Content, type Place } from './databases.fill.ts'
import { onServer } from './on-server.ts'
import { cleanEnvironment, root } from './server.ts'

export type Engine = 'sqlite' | 'postgres'
export type Databases = ReturnType<typeof createDatabases>

/** Filled databases for the rows; files below `folder`, for a folder of temporary files is often kept in memory. */
export function createDatabases(folder: string) {
  const cleanUps: (() => Promise<void> | void)[] = []
  const shared = new Map<string, Promise<Place>>()
  let serverUrl: Promise<string> | undefined

  async function findServer(): Promise<string> {
    const given = process.env.BENCH_DATABASE_URL
    if (given) return given
    const server = await startPostgres()
    cleanUps.unshift(() => server.stop())
    return server.url
  }

  async function createPostgres(): Promise<Place> {
    const server = await (serverUrl ??= findServer())
    const name = `bench_${randomBytes(6).toString('hex')}`
    await onServer(server, (sql) => sql.unsafe(`create database ${name}`))
    cleanUps.push(async () => {
      await onServer(server, (sql) => sql.unsafe(`drop database ${name} with (force)`))
    })
    const url = new URL(server)
    url.pathname = `/${name}`
    return { DATABASE_URL: url.href }
  }

  function createSqlite(): Place {
    return { SQLITE_PATH: join(mkdtempSync(join(folder, 'data-')), 'bench.db') }
  }

  /** A database of its own: the environment that names it. */
  async function create(engine: Engine, content: Content): Promise<Place> {
    const place = engine === 'sqlite' ? createSqlite() : await createPostgres()
    migrate(place)
    await fill(place, content)
    return place
  }

  return {
    create,

    /** One for all that only read: so many specs. */
    shared(engine: Engine, specs: number): Promise<Place> {
      const key = `${engine} ${specs}`
      const made = shared.get(key) ?? create(engine, { specs })
      shared.set(key, made)
      return made
    },

    async remove() {
      for (const cleanUp of cleanUps.toReversed()) await cleanUp()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function migrate(environment: Place) {
  const env = { ...cleanEnvironment(), ...environment }
  execFileSync(process.execPath, [join(root, 'dist/cli.js'), 'migrate'], { cwd: root, env })
}
