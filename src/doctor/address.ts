import { maskTarget, type PostgresTarget, type Target } from '../database/target/target.ts'
import type { Finding } from './finding.ts'

/** Tells how the address was understood, and what was guessed or dropped in it. */
export function understood(target: Target, warnings: readonly string[]): Finding {
  return {
    step: 'address',
    ok: true,
    says: `understood as ${addressOf(target)}`,
    ...(warnings.length > 0 && { remedy: warnings.join(' ') }),
  }
}

/** A sentence why an address cannot be used, as a finding. */
export function notUnderstood(says: string): Finding {
  return {
    step: 'address',
    ok: false,
    says,
    remedy: 'Put it right as the sentence says, and try it with `holdfast doctor` before starting.',
  }
}

/** The target as an address that says everything about it but the password, which is `***`. */
export function addressOf(target: Target, change: Partial<PostgresTarget> = {}): string {
  if (target.kind === 'sqlite') return maskTarget(target)
  const { host, path, ...changed } = { ...target, ...change }
  const parameters = [
    ...(path === undefined ? [] : [`host=${host}`]),
    `sslmode=${changed.ssl}`,
    ...(changed.schema === undefined ? [] : [`schema=${encodeURIComponent(changed.schema)}`]),
  ]
  const address = maskTarget({ ...changed, host: path === undefined ? host : '' })
  return `${address}?${parameters.join('&')}`
}
