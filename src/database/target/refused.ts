import { TargetError } from './error.ts'

const remedy =
  'Give the address of a PostgreSQL database (postgres://user:password@host:5432/database) or leave it unset for SQLite.'

const foreignSchemes: readonly (readonly [scheme: RegExp, sentence: string])[] = [
  [
    /^https?:\/\/[a-z0-9-]+\.supabase\.(?:co|com)\b/i,
    'This is the web address of a Supabase project. Copy the connection string from Connect > Session pooler instead.',
  ],
  [/^https?:/i, `This is a web address, not the address of a database. ${remedy}`],
  [
    /^(?:mysql|mariadb)(?:\+\w+)?:/i,
    `This is the address of a MySQL or MariaDB database. ${remedy}`,
  ],
  [/^mongodb(?:\+srv)?:/i, `This is the address of a MongoDB database. ${remedy}`],
  [/^(?:rediss?|valkeys?):/i, `This is the address of a Redis server. ${remedy}`],
  [
    /^libsql:/i,
    `This is the address of a libSQL (Turso) database, which is reached over its own protocol. ${remedy}`,
  ],
  [
    /^(?:sqlserver|mssql)(?:\+\w+)?:/i,
    `This is the address of a Microsoft SQL Server database. ${remedy}`,
  ],
  [/^oracle(?:\+\w+)?:/i, `This is the address of an Oracle database. ${remedy}`],
  [
    /^prisma(?:\+postgres(?:ql)?)?:/i,
    'This address belongs to the proxy of Prisma. Use the direct address of the database behind it, which begins with postgres://.',
  ],
  [
    /^cockroachdb:/i,
    'CockroachDB is reached by the protocol of PostgreSQL: write postgresql:// in place of cockroachdb://.',
  ],
  [
    /^napi_/i,
    'This is an API key of Neon, not the address of a database. Copy the connection string from Connect in the console of Neon.',
  ],
]

/** Refuses addresses of other systems, each with a sentence of its own. Raises `TargetError`. */
export function refuseForeignSystems(text: string): undefined {
  const foreign = foreignSchemes.find(([scheme]) => scheme.test(text))
  if (foreign) throw new TargetError(foreign[1])
}

const word =
  '(?:(?:your|my|the|new|db|database|project|postgres)[-_ ]?)*(?:password|pass|pwd|user|username|host|hostname|region|ref|reference|id|database|dbname|name|db|port|endpoint)'
// Words of templates only, so that naming what was found tells nothing of a real password.
const placeholders: readonly RegExp[] = [
  new RegExp(`\\[${word}\\]`, 'i'),
  new RegExp(`<${word}>`, 'i'),
  new RegExp(`\\{${word}\\}`, 'i'),
  /your[-_]password/i,
  /(?<=:)\*{3,}(?=@)/,
  /(?<=\/\/)user(?:name)?:password@host(?:name)?(?=[:/]|$)/i,
  /(?<=@)hostname:port(?=\/|$)/i,
  /(?<=@host):port(?=\/|$)/i,
]
const unreplacedVariable = /\$\{\{?[ \w.-]+\}|^\$\w+$/

/** Refuses an address in which a word of the template was left standing, and names that word. Raises `TargetError`. */
export function refusePlaceholders(text: string): undefined {
  if (unreplacedVariable.test(text)) {
    throw new TargetError(
      'The address holds the name of a variable that nothing has replaced. Write the value itself.',
    )
  }
  for (const placeholder of placeholders) {
    const found = placeholder.exec(text)?.[0]
    if (found !== undefined) {
      throw new TargetError(
        `The address still holds the placeholder ${found}. Put the real value in its place.`,
      )
    }
  }
}
