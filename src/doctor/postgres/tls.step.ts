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
  return target.ssl.startsWith('verify') ? verified(target, found) : unverified(target, found)
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
  if (target.ssl === 'prefer') {
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
    says: `the server offers no TLS, and sslmode=${target.ssl} asks for it.`,
    remedy:
      'Turn TLS on at the server (ssl = on, with a certificate). Where nobody else is on the network between, as on one machine or inside a private network, take sslmode=disable (or DATABASE_SSL=disable).',
    corrected: addressOf(target, { ssl: 'disable' }),
  }
}

function failedHandshake(target: PostgresTarget, code: string): Findings {
  return {
    ok: false,
    says: `TLS could not be agreed on (${code}).`,
    remedy: code.includes('CERT')
      ? 'The server wants a certificate of the client: give sslcert and sslkey in the address.'
      : `Something between may speak no TLS, or only an old version of it: TLS 1.2 is the least. Look at the log of the server at ${target.host}.`,
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
