import type { PostgresTarget } from '../../database/target/target.ts'
import { addressOf } from '../address.ts'
import type { Findings } from '../step.ts'
import type { PostgresContext } from './context.ts'
import { openSession } from './session.ts'

/** Why a login failed. */
export interface Refusal {
  /** SQLSTATE, or a code of Node's or of the driver's. */
  code: string
  /** What the server said, if it was the server; holds no password. */
  text: string
}

interface Case {
  code?: RegExp
  text?: RegExp
  find: (refusal: Refusal, context: PostgresContext) => Findings | Promise<Findings>
}

/** Tells what a refusal means, and what to do about it. */
export async function explainRefusal(
  refusal: Refusal,
  context: PostgresContext,
): Promise<Findings> {
  const found = cases.find(
    ({ code, text }) =>
      (code === undefined || code.test(refusal.code)) &&
      (text === undefined || text.test(refusal.text)),
  )
  return found ? await found.find(refusal, context) : unknown(refusal)
}

const cases: readonly Case[] = [
  { text: /no encryption|SSL off|SSL(?:\/TLS)? (?:is )?required|TLS required/i, find: needsTls },
  { text: /no pg_hba\.conf entry|pg_hba\.conf rejects/i, find: notLetIn },
  { text: /valid client certificate/i, find: needsCertificate },
  { text: /tenant or user not found|tenant\/user .* not found/i, find: unknownTenant },
  { text: /endpoint id is not specified/i, find: endpointMissing },
  { text: /unsupported startup parameter/i, find: poolerParameter },
  { code: /^53300$/, find: noSlot },
  {
    text: /too many (?:clients|connections)|no more connections|remaining connection slots|max_client_conn|max clients reached/i,
    find: noSlot,
  },
  { code: /^57P03$/, find: starting },
  { code: /^57P0/, find: shuttingDown },
  { code: /^28P01$/, find: wrongPassword },
  { text: /(?:password|SASL) authentication failed|no such user|auth_query/i, find: wrongPassword },
  { code: /^28/, find: notPermitted },
  { code: /^(?:AUTH_TYPE_NOT_IMPLEMENTED)$/, find: unknownMethod },
  { code: /^SASL_/, find: brokenProof },
  {
    text: /server login (?:has been )?fail|server.*(?:connect|login).*fail|query_wait_timeout|pgbouncer cannot connect/i,
    find: behindPooler,
  },
  { code: /^CONNECT_TIMEOUT$/, find: tooLate },
  { code: /^(?:CONNECTION_|ECONN|EPIPE)/, find: hungUp },
]

/** A server says this to everybody who comes unencrypted and is not let in: to come encrypted may help, or not. */
async function needsTls(
  refusal: Refusal,
  { target, offersTls }: PostgresContext,
): Promise<Findings> {
  const encrypted: PostgresTarget = { ...target, ssl: 'require' }
  if (target.ssl !== 'disable' || offersTls !== true || !(await letsIn(encrypted))) {
    return notLetIn(refusal, { target })
  }
  return {
    ok: false,
    says: `the server lets ${target.user} in with TLS only.`,
    remedy:
      'Take sslmode=require (or DATABASE_SSL=require; verify-full also checks the certificate).',
    corrected: addressOf(encrypted),
  }
}

async function letsIn(target: PostgresTarget): Promise<boolean> {
  try {
    const session = await openSession(target, 3_000)
    session.close()
    return true
  } catch (error) {
    const text = error instanceof Error ? error.message : ''
    return !/pg_hba\.conf/.test(text)
  }
}

function notLetIn({ text }: Refusal, { target }: Pick<PostgresContext, 'target'>): Findings {
  return {
    ok: false,
    says: `the server does not let ${target.user} into ${target.database} from here: ${text}`,
    remedy:
      'Add a line for this user, database and address to pg_hba.conf and reload the server (select pg_reload_conf()); with a provider, add the address of this machine to the list that is let in.',
  }
}

function needsCertificate({ text }: Refusal): Findings {
  return {
    ok: false,
    says: `the server wants a certificate of the client: ${text}`,
    remedy: 'Give it in the address: sslcert=FILE and sslkey=FILE, for this user.',
  }
}

function unknownTenant(_: Refusal, { target }: PostgresContext): Findings {
  return {
    ok: false,
    says: `the pooler does not know the user ${target.user}.`,
    remedy:
      'On the pooler of Supabase the user is postgres.<project>, and the host is that of the region of the project: copy the string from Connect > Session pooler. A paused project has to be restored first.',
  }
}

function endpointMissing(): Findings {
  return {
    ok: false,
    says: 'the proxy of Neon was not told which database is meant.',
    remedy: 'Name the host as Neon gives it (ep-….neon.tech), not an address of numbers.',
  }
}

function poolerParameter({ text }: Refusal): Findings {
  return {
    ok: false,
    says: `a pooler refuses what the address asks for: ${text}`,
    remedy:
      'Take options, search_path and time-outs out of the address; DATABASE_SCHEMA works through poolers.',
  }
}

function noSlot({ text }: Refusal, { database }: PostgresContext): Findings {
  return {
    ok: false,
    away: true,
    says: `the server has no connection left: ${text || 'too many connections'}`,
    remedy: `Close other programs that use it, or let fewer instances run, or lower DATABASE_POOL_MAX (now ${database.poolMax}) on each; then try again. With a provider that has a pooler, use the pooler's host.`,
  }
}

function starting(): Findings {
  return {
    ok: false,
    away: true,
    says: 'the database is starting up, or recovering.',
    remedy: 'Wait and try again: the service itself waits for it, too.',
  }
}

function shuttingDown(): Findings {
  return {
    ok: false,
    away: true,
    says: 'the database is being shut down.',
    remedy: 'Start it again, or wait until its provider has.',
  }
}

function wrongPassword(_: Refusal, { target }: PostgresContext): Findings {
  if (target.password === undefined) {
    return {
      ok: false,
      says: `the server wants a password for ${target.user}, and the address holds none.`,
      remedy: 'Put the password into the address, as postgres://user:password@host/database.',
      corrected: addressOf({ ...target, password: '' }),
    }
  }
  return {
    ok: false,
    says: `the server refuses the password of ${target.user}, or the user name.`,
    remedy: userRemedy(target),
  }
}

function userRemedy({ provider, host, user }: PostgresTarget): string {
  if (provider === 'supabase' && host.includes('pooler') && !user.includes('.')) {
    return 'On the pooler of Supabase the user is postgres.<project>: copy the string from Connect > Session pooler.'
  }
  return 'Copy the password again, or set a new one. Percent-encode what is not a letter or a digit (@ is %40, : is %3A, / is %2F, # is %23, ? is %3F, % is %25).'
}

function notPermitted({ text }: Refusal, { target }: PostgresContext): Findings {
  return {
    ok: false,
    says: `the server does not let ${target.user} in: ${text}`,
    remedy: 'Check the user name, and whether the role may log in (alter role … login).',
  }
}

function unknownMethod(_: Refusal, { target }: PostgresContext): Findings {
  return {
    ok: false,
    says: `the server wants ${target.user} to prove himself in a way that is not supported (GSS, SSPI …).`,
    remedy: 'Use scram-sha-256 or md5 for this user in pg_hba.conf.',
  }
}

function brokenProof(): Findings {
  return {
    ok: false,
    says: 'the server could not prove that it knows the password either: it may be another server.',
    remedy: 'Check the host. Behind a proxy that ends TLS, ask for its own address.',
  }
}

function behindPooler({ text }: Refusal): Findings {
  return {
    ok: false,
    away: true,
    says: `a pooler answers, and cannot reach the database behind it: ${text}`,
    remedy: 'Start the database, or look at the log of the pooler; then try again.',
  }
}

function tooLate(): Findings {
  return {
    ok: false,
    away: true,
    says: 'the login was not answered in time.',
    remedy:
      'A sleeping database may take longer to wake: try again, or raise DATABASE_CONNECT_TIMEOUT.',
  }
}

function hungUp({ code }: Refusal): Findings {
  return {
    ok: false,
    away: true,
    says: `the connection was closed during the login (${code}).`,
    remedy: 'Look at the log of the server or of the pooler; try again.',
  }
}

function unknown({ code, text }: Refusal): Findings {
  return {
    ok: false,
    says: `the login failed (${code})${text ? `: ${text}` : ''}.`,
    remedy: 'Look at the log of the server for this moment.',
  }
}
