import { maskTarget, type PostgresTarget, type Target } from '../database/target/target.ts'
import type { Finding } from './finding.ts'

/** Tells how the address was understood, and what was guessed or dropped in it. */
export function understood(target: Target, warnings: readonly string[]): Finding {
  return {
    step: 'address',
    ok: true,
    says: `understood as ${addressOf(target)}${whose(target)}.`,
    ...(warnings.length > 0 && { remedy: warnings.join(' ') }),
  }
}

function whose(target: Target): string {
  if (target.kind === 'sqlite' || target.provider === undefined) return ''
  const { provider, poolerHint } = target
  return `, of ${provider}${poolerHint === undefined ? '' : `, by its pooler in ${poolerHint} mode`}`
}

/** A sentence why an address cannot be used, as a finding. */
export function notUnderstood(says: string): Finding {
  return {
    step: 'address',
    ok: false,
    says,
    remedy: 'Change it as said, and try it again with `holdfast doctor` before the next start.',
  }
}

/** The target as an address that says about it what an address can, but the password, which is `***`. */
export function addressOf(target: Target, change: Partial<PostgresTarget> = {}): string {
  if (target.kind === 'sqlite') return maskTarget(target)
  const meant = { ...target, ...change }
  const address = maskTarget(meant)
  return `${address}${address.includes('?') ? '&' : '?'}${parametersOf(meant)}`
}

function parametersOf(target: PostgresTarget): string {
  const { ssl, directTls, schema, applicationName, connectTimeoutMs, ...others } = target
  const parameters = {
    sslmode: ssl,
    sslnegotiation: directTls && 'direct',
    schema,
    application_name: applicationName,
    connect_timeout: connectTimeoutMs && connectTimeoutMs / 1000,
    connection_limit: others.poolMax,
    pgbouncer: others.transactionPooler,
  }
  return Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    .join('&')
}
