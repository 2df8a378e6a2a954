import { literal, quoted } from '../../database/names.ts'
import type { PostgresTarget } from '../../database/target/target.ts'
import { addressOf } from '../address.ts'
import type { Findings } from '../step.ts'
import type { PostgresContext } from './context.ts'
import { openSession } from './session.ts'

const elsewhereMs = 3_000

/** Whether the database is there, open to the user, of the right encoding, and takes writes. */
export async function openDatabaseNamed(context: PostgresContext): Promise<Findings> {
  const { target, session, refusal } = context
  if (!session) {
    return refusal?.code === '42501' ? closed(target) : missing(target)
  }
  const [row] = await session.ask(
    `select pg_encoding_to_char(encoding), current_setting('transaction_read_only'), pg_is_in_recovery()
      from pg_catalog.pg_database where datname = current_database()`,
  )
  const [encoding, readOnly, standby] = row ?? []
  if (encoding !== 'UTF8') return otherEncoding(target, String(encoding))
  if (readOnly === 'on') return takesNoWrites(target, standby === true)
  return { ok: true, says: `database ${target.database}, in UTF8, takes writes.` }
}

function closed({ user, database }: PostgresTarget): Findings {
  return {
    ok: false,
    says: `${user} may not connect to the database ${database}.`,
    remedy: 'Let the owner of the database run the statement.',
    statement: `grant connect on database ${quoted(database)} to ${quoted(user)}`,
  }
}

/** Asks the same server which databases it has. */
async function missing(target: PostgresTarget): Promise<Findings> {
  const others = await databasesFor(target)
  const like = others.find((name) => name.toLowerCase() === target.database.toLowerCase())
  const only = others.filter((name) => name !== 'postgres')
  const meant = like ?? (only.length === 1 ? only[0] : undefined)
  return {
    ok: false,
    says: `the server has no database ${target.database}${others.length > 0 ? `; it has ${others.slice(0, 10).join(', ')}` : ''}.`,
    remedy:
      meant === undefined
        ? 'Name one that is there, or create it with the statement.'
        : `Name one that is there, such as ${meant}, or create it with the statement.`,
    statement: `create database ${quoted(target.database)} encoding 'UTF8' template template0`,
    ...(meant !== undefined && { corrected: addressOf(target, { database: meant }) }),
  }
}

async function databasesFor(target: PostgresTarget): Promise<string[]> {
  try {
    const session = await openSession({ ...target, database: 'postgres' }, elsewhereMs)
    try {
      const rows = await session.ask(
        `select datname from pg_catalog.pg_database
          where datallowconn and not datistemplate and has_database_privilege(datname, 'CONNECT')
          order by datname = ${literal('postgres')}, datname limit 20`,
      )
      return rows.map(([name]) => String(name))
    } finally {
      session.close()
    }
  } catch {
    // Nothing is known then; the finding says so by naming none.
    return []
  }
}

function otherEncoding({ database }: PostgresTarget, encoding: string): Findings {
  return {
    ok: false,
    says: `the database ${database} stores text as ${encoding}, and UTF8 is needed.`,
    remedy: 'Create another one with the statement, and name it in the address.',
    statement: `create database ${quoted(`${database}_utf8`)} encoding 'UTF8' template template0`,
  }
}

function takesNoWrites({ database }: PostgresTarget, standby: boolean): Findings {
  if (standby) {
    return {
      ok: false,
      says: `the server is a standby: ${database} takes no writes here.`,
      remedy: 'Use the host of the primary (read-write) server.',
    }
  }
  return {
    ok: false,
    says: `the database ${database} is read-only by its settings.`,
    remedy:
      'A provider does this when the disk is full or a bill is open: look there first. Otherwise let the owner run the statement.',
    statement: `alter database ${quoted(database)} set default_transaction_read_only = off`,
  }
}
