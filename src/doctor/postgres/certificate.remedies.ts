import type { PostgresTarget, Provider } from '../../database/target/target.ts'
import { addressOf } from '../address.ts'
import type { Findings } from '../step.ts'
import type { Handshake } from './handshake.ts'

type Agreed = Extract<Handshake, { outcome: 'agreed' }>
type Cure = Required<Pick<Findings, 'remedy'>> & Pick<Findings, 'corrected'>

/** What to do about a certificate that does not pass; by the code of the problem. */
export function remedyFor(target: PostgresTarget, found: Agreed): Cure {
  switch (found.problem) {
    case 'CERT_HAS_EXPIRED':
      return withoutChecking(
        target,
        'Renew the certificate on the server (when the date is right, look at the clock of this machine). Until then,',
      )
    case 'CERT_NOT_YET_VALID':
      return {
        remedy: `It is valid from ${found.validFrom.toISOString()} on, and here it is ${new Date().toISOString()}: set the clock that is wrong.`,
      }
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return otherName(target, found)
    default:
      return unknownAuthority(target)
  }
}

/** A certificate of an authority is there to be used: with it, `require` checks, too. */
function withoutChecking(target: PostgresTarget, first: string): Cure {
  const { ca, ...unchecked } = target
  if (ca !== undefined) {
    return {
      remedy: `${first} take DATABASE_CA_CERT (or sslrootcert) away and ask for sslmode=require, which encrypts without checking.`,
    }
  }
  return {
    remedy: `${first} ask for sslmode=require, which encrypts without checking.`,
    corrected: addressOf(unchecked, { ssl: 'require' }),
  }
}

function otherName(target: PostgresTarget, { names }: Agreed): Cure {
  const name = names.find((name) => !name.includes('*'))
  return {
    remedy: `Name the server by a host that the certificate is for (${names.join(', ')}), if that is your server; or set DATABASE_SSL=verify-ca, which asks only who signed it.`,
    ...(name !== undefined && { corrected: addressOf(target, { host: name }) }),
  }
}

function unknownAuthority(target: PostgresTarget): Cure {
  const { ca, provider } = target
  const where = (provider && whereToFind[provider]) ?? 'your provider, or whoever runs the server'
  return withoutChecking(
    target,
    ca === undefined
      ? `Nobody whom this machine knows signed it. Set DATABASE_CA_CERT to the certificate of the authority (its text or its file; from ${where}). Or`
      : `The authority in DATABASE_CA_CERT (or sslrootcert) did not sign it: get the right one from ${where}. Or`,
  )
}

const whereToFind: Partial<Record<Provider, string>> = {
  supabase: 'Supabase: Database > Settings > SSL Configuration > Download certificate',
  amazon: 'Amazon: the bundle global-bundle.pem of RDS',
  aiven: "Aiven: the service's overview > CA certificate",
  digitalocean: 'DigitalOcean: Connection details > Download CA certificate',
}
