import { createHash } from 'node:crypto'

export const exportFormat = 'holdfast.export/1'

/** Version and hash of the neutral model of the tables: see database/tables/model.ts. */
export interface Schema {
  version: number
  hash: string
}

export type Credentials = 'sealed' | 'omitted'

export interface Footer {
  rows: Record<string, number>
  sha256: Record<string, string>
  credentials: Credentials
  total: string
}

/**
 * Writes an export piece by piece and hashes it on the way: `start`, then for each table `openTable`, any number of
 * `rows` and `closeTable`, then `end`. Each gives the text or the bytes to hand on. Import goes through the same
 * steps, to know what the hashes should have been.
 */
export function createDocument(schema: Schema) {
  const total = createHash('sha256')
  const counts: Record<string, number> = {}
  const hashes: Record<string, string> = {}
  let table = createHash('sha256')
  let name = ''

  function put(text: string): string {
    total.update(text)
    return text
  }

  return {
    start: () =>
      put(`{"format":${JSON.stringify(exportFormat)},"schema":${schemaText(schema)},"tables":{\n`),

    openTable(next: string) {
      const separator = name === '' ? '' : ',\n'
      name = next
      counts[name] = 0
      table = createHash('sha256')
      return put(`${separator}${JSON.stringify(name)}:[\n`)
    },

    /** What stands between the rows before and the next ones. */
    separator: () => (counts[name] === 0 ? '' : ',\n'),

    /** Lines with their separators, the one from the rows before included. */
    rows(bytes: Buffer, count: number) {
      counts[name] = (counts[name] ?? 0) + count
      table.update(bytes)
      total.update(bytes)
      return bytes
    },

    closeTable() {
      hashes[name] = table.digest('hex')
      return put(counts[name] === 0 ? ']' : '\n]')
    },

    end(credentials: Credentials) {
      put('},\n')
      const footer: Footer = {
        rows: counts,
        sha256: hashes,
        credentials,
        total: total.digest('hex'),
      }
      return { footer, text: `},\n"footer":${JSON.stringify(footer)}}` }
    },
  }
}

function schemaText({ version, hash }: Schema): string {
  return JSON.stringify({ version, hash })
}
