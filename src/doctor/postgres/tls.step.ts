import { verifies } from '../../database/postgres/tls.ts'
import type { PostgresTarget } from '../../database/target/target.ts'
import { addressOf } from '../address.ts'
import type { Findings } from '../step.ts'
import { isPrivate, type PostgresContext } from './context.ts'
import { handshake, type Handshake } from './handshake.ts'
import { remedyFor } from './certificate.remedies.ts'

const handshakeMs = 5_000

/** Looks at the encryption that the target would get, on a connection of its own, and without logging in on it. */
export async function lookAtTls(context: PostgresContext): Promise<Findings> {
  const { target, offersTls } = context
  if (target.path !== undefined) return { ok: true, says: 'a socket of this machine: no TLS.' }
  if (target.ssl === 'disable') return plain(target, offersTls === true)
  if (offersTls === false) return notOffered(target)
  const found = await handshake(target, handshakeMs)
  if (found.outcome === 'failed') return failedHandshake(target, found.code)
  return verifies(target) ? verified(target, found) : unverified(target, found)
}

function plain(target: PostgresTarget, offered: boolean): Findings {
  const says = `not encrypted, as sslmode=disable asks${offered ? '; the server offers TLS' : ''}.`
  if (!offered || isPrivate(target)) return { ok: true, says }
  return {
    ok: true,
    says,
    remedy: 'Anybody on the way can read along: take sslmode=require, or better verify-full.',
    corrected: addressOf(target, { ssl: 'require' }),
  }
}

function notOffered(target: PostgresTarget): Findings {
  if (target.ssl === 'prefer' && !verifies(target)) {
    return {
      ok: true,
      says: 'not encrypted: the server offers no TLS.',
      ...(!isPrivate(target) && {
        remedy: 'Anybody on the way can read along: turn TLS on at the server (ssl = on).',
      }),
    }
  }
  return {
    ok: false,
    says: `the server offers no TLS, and ${target.ssl === 'prefer' ? 'the certificate given' : `sslmode=${target.ssl}`} asks for it.`,
    remedy:
      'Turn TLS on at the server (ssl = on, with a certificate). Where nobody else is on the network between, as on one machine or inside a private network, take sslmode=disable (or DATABASE_SSL=disable).',
    corrected: addressOf(target, { ssl: 'disable' }),
  }
}

function failedHandshake(target: PostgresTarget, code: string): Findings {
  if (code.startsWith('ERR_OSSL')) {
    return {
      ok: false,
      says: `the certificates for the database cannot be used (${code}).`,
      remedy:
        'DATABASE_CA_CERT, sslrootcert, sslcert and sslkey are PEM texts or their files; the key has no passphrase and belongs to the certificate.',
    }
  }
  const disagree = code === 'EPROTO' || code.startsWith('ERR_SSL')
  const says = `TLS could not be agreed on (${code}).`
  const remedy = 'TLS 1.2 is the least: an old server, or something in between, may not speak it.'
  if (disagree && target.ssl === 'prefer' && !verifies(target) && !target.directTls) {
    return { ok: true, says: `${says} The connection is not encrypted.`, remedy }
  }
  if (disagree) return { ok: false, says, remedy: `${remedy} Look at the log of the server.` }
  return {
    ok: false,
    away: true,
    says: `the connection was lost before TLS was agreed on (${code}).`,
    remedy: 'Look at the log of the server or of the proxy before it; try again.',
  }
}

type Agreed = Extract<Handshake, { outcome: 'agreed' }>

function verified(target: PostgresTarget, found: Agreed): Findings {
  if (found.problem === undefined) {
    return { ok: true, says: `encrypted (${found.protocol}) and verified: ${describe(found)}.` }
  }
  return {
    ok: false,
    says: `the certificate cannot be accepted with sslmode=${target.ssl}: ${describe(found)} (${found.problem}).`,
    ...remedyFor(target, found),
  }
}

function unverified(target: PostgresTarget, found: Agreed): Findings {
  const says = `encrypted (${found.protocol}), not verified, as sslmode=${target.ssl} asks: ${describe(found)}.`
  if (found.problem === undefined) {
    return {
      ok: true,
      says,
      remedy: 'The certificate would pass: sslmode=verify-full also proves whose server it is.',
      corrected: addressOf(target, { ssl: 'verify-full' }),
    }
  }
  if (isPrivate(target)) return { ok: true, says }
  return {
    ok: true,
    says,
    remedy: `Nothing proves whose server it is. With sslmode=verify-full it would not pass yet (${found.problem}): ${remedyFor(target, found).remedy}`,
  }
}

function describe({ names, issuer, validTo }: Agreed): string {
  const day = Number.isNaN(validTo.getTime()) ? 'unknown' : validTo.toISOString().slice(0, 10)
  const whose = names.length === 0 ? 'nobody' : names.slice(0, 5).join(', ')
  return `a certificate for ${whose}, signed by ${issuer}, valid until ${day}`
}
