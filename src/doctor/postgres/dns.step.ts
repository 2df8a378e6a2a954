import { isIP } from 'node:net'
import type { Provider } from '../../database/target/target.ts'
import type { Findings } from '../step.ts'
import type { PostgresContext } from './context.ts'
import type { Address } from './network.ts'

/** Looks up the host, and whether this machine has a route to what it finds. */
export async function lookUpHost({ target, network }: PostgresContext): Promise<Findings> {
  const { host, path, provider } = target
  if (path !== undefined) return { ok: true, says: 'a socket of this machine: no name to look up.' }
  const literal = isIP(host)
  if (literal !== 0) return judge([{ address: host, family: literal }], { network, host, provider })
  try {
    return await judge(await network.lookup(host), { network, host, provider })
  } catch (error) {
    return unknownName(host, (error as NodeJS.ErrnoException).code)
  }
}

async function judge(
  addresses: Address[],
  about: { network: PostgresContext['network']; host: string; provider: Provider | undefined },
): Promise<Findings> {
  const routable = await Promise.all(addresses.map((address) => about.network.routable(address)))
  const told = addresses.map(({ address, family }, index) => {
    const named = address === about.host ? `an IPv${family} address` : `${address} (IPv${family})`
    return routable[index] ? named : `${named}, to which this machine has no route`
  })
  const says = `${about.host} is ${told.join(' and ')}.`
  if (routable.includes(true)) return { ok: true, says }
  const onlyIPv6 = addresses.every(({ family }) => family === 6)
  if (!onlyIPv6) {
    return { ok: false, away: true, says, remedy: 'Look at the network of this machine.' }
  }
  return {
    ok: false,
    says: `${says} The host has an IPv6 address only, and this machine has no IPv6.`,
    remedy: about.provider === 'supabase' ? supabaseRemedy : remedy,
  }
}

const remedy =
  'Use a host of the same database that has an IPv4 address (most providers run a pooler that has one), or give this machine IPv6.'

const supabaseRemedy =
  'Use the session pooler, which has IPv4: copy its string from Connect > Session pooler (host aws-…pooler.supabase.com, port 5432, user postgres.<project>), or buy the IPv4 add-on.'

function unknownName(host: string, code = 'unknown'): Findings {
  if (code === 'ENOTFOUND' || code === 'ENODATA') {
    return {
      ok: false,
      says: `the name ${host} is not known (${code}).`,
      remedy: host.includes('.')
        ? 'Copy the host again from the page of the provider: a letter may be missing, or the database was deleted or is paused.'
        : 'A name without a dot is known inside one private network alone: use the external host of the database from elsewhere, and put both into the same region and network to use this one.',
    }
  }
  return {
    ok: false,
    away: true,
    says: `the name ${host} could not be looked up (${code}): no answer from the name server.`,
    remedy: 'Look at the network and the name server of this machine, and try again.',
  }
}
