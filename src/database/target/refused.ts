import { TargetError } from './error.ts'

const remedy =
  'Give the address of a PostgreSQL database (postgres://user:password@host:5432/database) or leave it unset for SQLite.'

const other = (name: string) => `This is the address of ${name}. ${remedy}`

const foreign: readonly (readonly [form: RegExp, sentence: string])[] = [
  [
    /^https?:\/\/[a-z0-9-]+\.supabase\.(?:co|com)\b/i,
    'This is the web address of a Supabase project. Copy the connection string from Connect > Session pooler instead.',
  ],
  [
    /^https?:\/\/(?:[a-z0-9-]+\.)*neon\.(?:tech|com)\b/i,
    'This is a web address of Neon, not the address of a database. Copy the connection string from Connect in the console of Neon.',
  ],
  [/^https?:/i, `This is a web address, not the address of a database. ${remedy}`],
  [/^mysqlx?(?:\+\w+)?:/i, other('a MySQL database')],
  [/^mariadb(?:\+\w+)?:/i, other('a MariaDB database')],
  [/^mongodb(?:\+srv)?:/i, other('a MongoDB database')],
  [/^(?:rediss?|valkeys?):/i, other('a Redis server')],
  [/^libsql:/i, other('a libSQL (Turso) database, which is reached over a protocol of its own')],
  [/^(?:sqlserver|mssql)(?:\+\w+)?:/i, other('a Microsoft SQL Server database')],
  [/^(?:oracle(?:\+\w+)?:|jdbc:oracle:)/i, other('an Oracle database')],
  [/^clickhouse(?:\+\w+)?:/i, other('a ClickHouse database')],
  [/^duckdb:/i, other('a DuckDB file')],
  [
    /^prisma(?:\+postgres(?:ql)?)?:/i,
    'This address belongs to the proxy of Prisma. Use the direct address of the database behind it, which begins with postgres://.',
  ],
  [
    /^napi_/i,
    'This is an API key of Neon, not the address of a database. Copy the connection string from Connect in the console of Neon.',
  ],
  [
    /^(?:sb(?:p|_secret|_publishable)_|eyJ[\w-]+\.)/,
    'This is an API key of Supabase, not the address of a database. Copy the connection string from Connect > Session pooler instead.',
  ],
]

/** Refuses what is no address of ours to read, each kind with a sentence of its own. Raises `TargetError`. */
export function refuseForeignSystems(text: string): undefined {
  const found = foreign.find(([form]) => form.test(text.replace(/^jdbc:/i, '')))
  if (found) throw new TargetError(found[1])
}

const nearly: readonly (readonly [form: RegExp, sentence: string])[] = [
  [
    /^postgres(?:ql)?:?\/|^postgres(?:ql)?:/i,
    'The address begins with postgres, but not with postgres:// and two slashes. Copy it again.',
  ],
  [
    /^(?:postgre|postgress|postgres{2,}ql|postgresq|postgressl|postgrsql|postgrseql|postgesql|posgresql|pgsq|pg):\/\//i,
    'The scheme of the address is misspelt. It should begin with postgres:// or postgresql://.',
  ],
  [
    /^[^\s:/\\@=;]+:(?![\\/])[^\s@]+@[\w.-]+(?::\d+)?\/[\w-]/,
    'The address lacks its scheme. Put postgres:// before it.',
  ],
]

/** Gives the error for text that nothing could read. */
export function noKnownForm(text: string): TargetError {
  const found = nearly.find(([form]) => form.test(text))
  return new TargetError(
    found?.[1] ??
      'The address is in no known form. Write it as postgres://user:password@host:5432/database, or sqlite:./data/holdfast.db.',
  )
}
