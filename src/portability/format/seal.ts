import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import { ImportError } from '../portability.errors.ts'
import type { SecretKey } from '../../config/secret-keys.ts'
import { sealKeysOf, type SecretKeys } from './seal-keys.ts'

/** Where a sealed value belongs; it opens nowhere else. */
export interface Place {
  table: string
  column: string
  id: string
}

const prefix = 'sealed:1:'
const nonceBytes = 12
const tagBytes = 16

export function isSealed(text: string): boolean {
  return text.startsWith(prefix)
}

/**
 * Seals a credential with AES-256-GCM, as `sealed:1:<key id>:<base64url>`. The nonce is made from the place and the
 * text, so that the same credential gives the same bytes in every export.
 */
export function seal(plaintext: string, place: Place, key: SecretKey): string {
  const context = contextOf(place, key.id)
  const keys = sealKeysOf(key)
  const nonce = createHmac('sha256', keys.nonce)
    .update(context)
    .update('\0')
    .update(plaintext)
    .digest()
    .subarray(0, nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', keys.encryption, nonce).setAAD(Buffer.from(context))
  const sealed = Buffer.concat([
    nonce,
    cipher.update(plaintext),
    cipher.final(),
    cipher.getAuthTag(),
  ])
  return `${prefix}${key.id}:${sealed.toString('base64url')}`
}

/**
 * Opens what `seal` made, at the same place. Raises `ImportError`: `import_unknown_key` names the key that is
 * missing, `import_wrong_key` means another key of that name, another place, or a damaged value.
 */
export function open(text: string, place: Place, keys: SecretKeys): string {
  const separator = text.indexOf(':', prefix.length)
  const id = text.slice(prefix.length, separator)
  if (separator < 0 || !/^[\w.-]{1,32}$/.test(id)) throw wrongKey(place, 'is not a sealed value')
  const key = keys.find((key) => key.id === id)
  if (!key) {
    throw new ImportError(
      'import_unknown_key',
      `credentials are sealed under the key ${id}, which is not in SECRET_KEYS`,
      { table: place.table },
    )
  }
  return decipher(Buffer.from(text.slice(separator + 1), 'base64url'), place, key)
}

function decipher(sealed: Buffer, place: Place, key: SecretKey): string {
  if (sealed.length < nonceBytes + tagBytes) throw wrongKey(place, 'is too short')
  const { encryption } = sealKeysOf(key)
  const decipher = createDecipheriv('aes-256-gcm', encryption, sealed.subarray(0, nonceBytes))
    .setAAD(Buffer.from(contextOf(place, key.id)))
    .setAuthTag(sealed.subarray(-tagBytes))
  try {
    const start = decipher.update(sealed.subarray(nonceBytes, -tagBytes))
    return Buffer.concat([start, decipher.final()]).toString()
  } catch {
    throw wrongKey(
      place,
      `was sealed with another key of the name ${key.id}, or belongs to another row`,
    )
  }
}

/** NUL cannot stand in any of the parts. */
function contextOf({ table, column, id }: Place, keyId: string): string {
  return [table, column, id, keyId].join('\0')
}

function wrongKey({ table, column }: Place, what: string): ImportError {
  return new ImportError('import_wrong_key', `a sealed ${table}.${column} ${what}`, { table })
}
