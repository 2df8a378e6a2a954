import { hkdfSync } from 'node:crypto'
import type { SecretKey } from '../../config/secret-keys.ts'

/** The first one seals, all open. */
export type SecretKeys = readonly SecretKey[]

export interface SealKeys {
  encryption: Buffer
  nonce: Buffer
}

const made = new WeakMap<SecretKey, SealKeys>()

/** The keys that are made from a secret, 32 bytes each and for one purpose each. */
export function sealKeysOf(key: SecretKey): SealKeys {
  const keys = made.get(key) ?? {
    encryption: derive(key.secret, 'encryption'),
    nonce: derive(key.secret, 'nonce'),
  }
  made.set(key, keys)
  return keys
}

function derive(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `holdfast.sealed/1 ${purpose}`, 32))
}
