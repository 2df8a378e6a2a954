import type { PostgresTarget } from '../../database/target/target.ts'
import { addressOf } from '../address.ts'
import type { Findings } from '../step.ts'
import type { PostgresContext } from './context.ts'
import { greet, type Greeting } from './greeting.ts'
import { placeOf } from './plain.socket.ts'

const greetingMs = 5_000
const usualPort = 5432

/** Finds out whether it is PostgreSQL that answers, before anything is said that others should not read. */
export async function recogniseServer(context: PostgresContext): Promise<Findings> {
  const { target } = context
  if (target.directTls) return { ok: true, says: 'asked for TLS from the first byte.' }
  const greeting = await greet(target, greetingMs)
  if (greeting.kind === 'postgres') {
    context.offersTls = greeting.offersTls
    return { ok: true, says: 'PostgreSQL answers.' }
  }
  return greeting.kind === 'other' ? otherServer(target, greeting) : noAnswer(target, greeting)
}

async function otherServer(
  target: PostgresTarget,
  { speaks, hint }: Extract<Greeting, { kind: 'other' }>,
): Promise<Findings> {
  const usual = { ...target, port: usualPort }
  const found =
    target.port !== usualPort &&
    target.path === undefined &&
    (await greet(usual, 2_000)).kind === 'postgres'
  return {
    ok: false,
    says: `what answers at ${placeOf(target)} is not PostgreSQL: it speaks ${speaks}.`,
    remedy: found
      ? `${hint} PostgreSQL answers at port ${usualPort} of the same host: use that.`
      : `${hint} Put the host and the port of a PostgreSQL server into the address; its usual port is ${usualPort}.`,
    ...(found && { corrected: addressOf(usual) }),
  }
}

function noAnswer(
  target: PostgresTarget,
  greeting: Exclude<Greeting, { kind: 'postgres' | 'other' }>,
): Findings {
  const where = placeOf(target)
  if (greeting.kind === 'silent') {
    return {
      ok: false,
      away: true,
      says: `${where} takes the connection and then says nothing.`,
      remedy:
        'Check the port: a proxy or a firewall may hold it for a server that is down, asleep or elsewhere. When the address is right, wake or restart the database and try again.',
    }
  }
  const how = greeting.kind === 'closed' ? 'takes the connection and closes it at once' : 'is gone'
  return {
    ok: false,
    away: true,
    says: `${where} ${how}.`,
    remedy:
      'A proxy stands there whose database is down, or which does not let this machine in. Check the host, the port and the list of addresses that are let in; when they are right, start the database and try again.',
  }
}
