import type { Credentials } from '../format/document.ts'
import type { RegisteredTable } from '../registry.ts'
import { seal } from '../format/seal.ts'
import type { SecretKeys } from '../format/seal-keys.ts'

/** What becomes of credentials: sealed with these keys, left out, or written as they are, having been sealed before. */
export type CredentialPolicy =
  | { write: 'sealed'; keys: SecretKeys }
  | { write: 'omitted' }
  | { write: 'unchanged'; credentials: Credentials }

export function credentialPolicy(keys: SecretKeys | undefined): CredentialPolicy {
  return keys && keys.length > 0 ? { write: 'sealed', keys } : { write: 'omitted' }
}

/** A function that puts into a row, in place, what an export may say of its credentials. */
export function createCredentialWriter(table: RegisteredTable, policy: CredentialPolicy) {
  const places = table.columns.flatMap(({ key, name }, at) =>
    table.credentials.includes(key) ? [{ at, name }] : [],
  )
  const key = policy.write === 'sealed' ? policy.keys[0] : undefined
  return (row: unknown[]) => {
    if (policy.write === 'unchanged') return
    for (const { at, name } of places) {
      const value = row[at]
      if (value === null) continue
      const place = { table: table.name, column: name, id: row[table.idIndex] as string }
      row[at] = key ? seal(value as string, place, key) : null
    }
  }
}
