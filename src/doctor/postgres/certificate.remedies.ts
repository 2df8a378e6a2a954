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
      return {
        remedy:
          'Renew the certificate on the server (when the date is right, look at the clock of this machine). Until then, sslmode=require encrypts without checking it.',
        corrected: addressOf(target, { ssl: 'require' }),
      }
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

function otherName(target: PostgresTarget, { names }: Agreed): Cure {
  const name = names.find((name) => !name.includes('*'))
  if (name === undefined) {
    return {
      remedy: `Name the server by a host that the certificate is for (${names.join(', ')}); or take sslmode=verify-ca, which asks only who signed it.`,
      corrected: addressOf(target, { ssl: 'verify-ca' }),
    }
  }
  return {
    remedy: `Name the server by a host that the certificate is for (${names.join(', ')}), if that is your server; or take sslmode=verify-ca, which asks only who signed it.`,
    corrected: addressOf(target, { host: name }),
  }
}

function unknownAuthority(target: PostgresTarget): Cure {
  const { ca, provider } = target
  const where = (provider && whereToFind[provider]) ?? 'your provider, or whoever runs the server'
  return {
    remedy:
      ca === undefined
        ? `Nobody whom this machine knows signed it. Set DATABASE_CA_CERT to the certificate of the authority (its text or its file; from ${where}). Or take sslmode=require, which encrypts without checking.`
        : `The authority in DATABASE_CA_CERT did not sign it. Get the right one from ${where}. Or take sslmode=require, which encrypts without checking.`,
    corrected: addressOf(target, { ssl: 'require' }),
  }
}

const whereToFind: Partial<Record<Provider, string>> = {
  supabase: 'Supabase: Database > Settings > SSL Configuration > Download certificate',
  amazon: 'Amazon: the bundle global-bundle.pem of RDS',
  aiven: "Aiven: the service's overview > CA certificate",
  digitalocean: 'DigitalOcean: Connection details > Download CA certificate',
}
