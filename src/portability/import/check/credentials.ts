import type { Credentials } from '../../format/document.ts'
import { refusal } from './row.ts'
import { createValueCheck } from './value.ts'
import { ImportError } from '../../portability.errors.ts'
import type { RegisteredTable } from '../../registry.ts'
import { isSealed, open } from '../../format/seal.ts'
import type { SecretKeys } from '../../format/seal-keys.ts'

/** Opens the credentials of a row, in place; those that are null stay so. Raises what `open` raises. */
export function createCredentialReader(table: RegisteredTable, keys: SecretKeys) {
  const places = credentialPlaces(table)
  return (values: unknown[]) => {
    for (const { at, name } of places) {
      if (values[at] === null) continue
      const place = { table: table.name, column: name, id: values[table.idIndex] as string }
      values[at] = open(values[at] as string, place, keys)
    }
  }
}

/** Sees to it that credentials are sealed, that they open to what they may be, and that the footer says so. */
export function createCredentialCheck(keys: SecretKeys) {
  let sealed = 0

  return {
    table(table: RegisteredTable) {
      const places = credentialPlaces(table)
      const openRow = createCredentialReader(table, keys)
      const checks = places.map(({ at, key, column }) => ({
        at,
        key,
        check: createValueCheck(column, table.rules[key]),
      }))
      return (values: unknown[], row: number) => {
        const given = places.filter(({ at }) => values[at] !== null)
        if (given.length === 0) return
        if (!given.every(({ at }) => isSealed(values[at] as string))) {
          throw refusal({ table: table.name, row }, 'holds a credential that is not sealed')
        }
        const opened = [...values]
        openRow(opened)
        for (const { at, key, check } of checks) {
          const problem = opened[at] === null ? undefined : check(opened[at])
          if (problem !== undefined) throw refusal({ table: table.name, row }, `${key} ${problem}`)
        }
        sealed++
      }
    },
    footer(credentials: Credentials) {
      if (credentials === 'sealed' || sealed === 0) return
      throw new ImportError(
        'import_hash_mismatch',
        'the footer says that credentials were omitted, but there are some',
      )
    },
  }
}

function credentialPlaces(table: RegisteredTable) {
  return table.columns.flatMap((column, at) =>
    table.credentials.includes(column.key)
      ? [{ at, key: column.key, name: column.name, column }]
      : [],
  )
}
