import type { CheckedTable } from './check.ts'
import { createCredentialReader } from './credentials.ts'
import type { Spool } from '../source/spool.ts'
import type { SecretKeys } from '../../format/seal-keys.ts'

/** Rows that are applied at a time, unless they are long. */
export const batchRows = 500
const batchBytes = 1024 * 1024

/** A function that reads the rows of a checked table back from the spool. */
export function createImportedRows(spool: Spool, secretKeys: SecretKeys) {
  return async function* rows({ table, start, end }: CheckedTable): AsyncGenerator<unknown[][]> {
    const keys = table.columns.map(({ key }) => key)
    const openCredentials = createCredentialReader(table, secretKeys)
    let batch: unknown[][] = []
    let bytes = 0
    for await (const lines of spool.lines(start, end)) {
      for (const line of lines) {
        // All but the last have the comma that an export writes after them.
        const text = line.endsWith(',') ? line.slice(0, -1) : line
        const row = JSON.parse(text) as Record<string, unknown>
        const values = keys.map((key) => row[key])
        openCredentials(values)
        batch.push(values)
        bytes += line.length
        if (batch.length < batchRows && bytes < batchBytes) continue
        yield batch
        batch = []
        bytes = 0
      }
    }
    if (batch.length > 0) yield batch
  }
}
