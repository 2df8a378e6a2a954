import type { Findings } from '../step.ts'
import type { PostgresContext } from './context.ts'
import type { Refusal } from './refusal.ts'
import {
  needsTls,
  notLetIn,
  needsCertificate,
  unknownTenant,
  endpointMissing,
  poolerParameter,
  wrongPassword,
  notPermitted,
  unknownMethod,
  brokenProof,
} from './refusals.access.ts'
import { noSlot, starting, shuttingDown, behindPooler, tooLate, hungUp } from './refusals.away.ts'

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

function unknown({ code, text }: Refusal): Findings {
  return {
    ok: false,
    says: `the login failed (${code})${text ? `: ${text}` : ''}.`,
    remedy: 'Look at the log of the server for this moment.',
  }
}
