import type { PostgresTarget } from '../../database/target/target.ts'
import { addressOf } from '../address.ts'
import type { Findings } from '../step.ts'
import type { PostgresContext } from './context.ts'
import type { Refusal } from './refusal.ts'
import { openSession } from './session.ts'

/** A server says so to everybody who comes unencrypted and is not let in: to come encrypted may help, or not. */
export async function needsTls(
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
    if (!(error instanceof Error) || error.name !== 'PostgresError') return false
    return !/pg_hba\.conf/.test(error.message)
  }
}

/** No line of pg_hba.conf, or list of a provider, is for this user from here. */
export function notLetIn({ text }: Refusal, { target }: Pick<PostgresContext, 'target'>): Findings {
  return {
    ok: false,
    says: `the server does not let ${target.user} into ${target.database} from here: ${text}`,
    remedy:
      'Add a line for this user, database and address to pg_hba.conf and reload the server (select pg_reload_conf()); with a provider, add the address of this machine to the list that is let in.',
  }
}

/** A user that proves himself by a certificate. */
export function needsCertificate({ text }: Refusal): Findings {
  return {
    ok: false,
    says: `the server wants a certificate of the client: ${text}`,
    remedy: 'Give it in the address: sslcert=FILE and sslkey=FILE, for this user.',
  }
}

/** Supavisor finds the project by the user's name. */
export function unknownTenant(_: Refusal, { target }: PostgresContext): Findings {
  return {
    ok: false,
    says: `the pooler does not know the user ${target.user}.`,
    remedy:
      'On the pooler of Supabase the user is postgres.<project>, and the host is that of the region of the project: copy the string from Connect > Session pooler. A paused project has to be restored first.',
  }
}

/** Neon's proxy finds the database by the host's name in TLS. */
export function endpointMissing(): Findings {
  return {
    ok: false,
    says: 'the proxy of Neon was not told which database is meant.',
    remedy: 'Name the host as Neon gives it (ep-….neon.tech), not an address of numbers.',
  }
}

/** PgBouncer takes few parameters at the start of a connection. */
export function poolerParameter({ text }: Refusal): Findings {
  return {
    ok: false,
    says: `a pooler refuses what the address asks for: ${text}`,
    remedy:
      'Take options, search_path and time-outs out of the address; DATABASE_SCHEMA works through poolers.',
  }
}

/** The password is wrong or missing, or there is no such user: servers do not say which. */
export function wrongPassword(_: Refusal, { target }: PostgresContext): Findings {
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

/** Any other refusal of the user. */
export function notPermitted({ text }: Refusal, { target }: PostgresContext): Findings {
  return {
    ok: false,
    says: `the server does not let ${target.user} in: ${text}`,
    remedy: 'Check the user name, and whether the role may log in (alter role … login).',
  }
}

/** The driver knows passwords alone. */
export function unknownMethod(_: Refusal, { target }: PostgresContext): Findings {
  return {
    ok: false,
    says: `the server wants ${target.user} to prove himself in a way that is not supported (GSS, SSPI …).`,
    remedy: 'Use scram-sha-256 or md5 for this user in pg_hba.conf.',
  }
}

/** SCRAM lets the server prove itself, too. */
export function brokenProof(): Findings {
  return {
    ok: false,
    says: 'the server could not prove that it knows the password either: it may be another server.',
    remedy: 'Check the host. Behind a proxy that ends TLS, ask for its own address.',
  }
}
