import type { Credentials, Footer } from '../../format/document.ts'
import type { JsonReader } from '../source/json-reader.ts'
import { ImportError } from '../../portability.errors.ts'

const longest = 1024 * 1024

/** Reads the end of an import, from the comma after its tables to its last byte. */
export async function readFooter(reader: JsonReader): Promise<Record<string, unknown>> {
  await reader.take(',')
  if ((await reader.key()) !== 'footer') throw mismatch('there is something else before the footer')
  const footer = await reader.value(longest)
  await reader.take('}')
  await reader.end()
  if (typeof footer === 'object' && footer !== null) return footer as Record<string, unknown>
  throw mismatch('the footer is not an object')
}

export function credentialsOf({ credentials }: Record<string, unknown>): Credentials {
  if (credentials === 'sealed' || credentials === 'omitted') return credentials
  throw mismatch('the footer does not say what became of credentials')
}

/** Raises `ImportError` (`import_hash_mismatch`) unless the footer says what was read. */
export function compareFooter(given: Record<string, unknown>, read: Footer): void {
  for (const name of Object.keys(read.rows)) {
    const rows = (given['rows'] as Record<string, unknown> | null | undefined)?.[name]
    if (rows !== read.rows[name]) {
      throw mismatch(
        `it has ${read.rows[name]} rows of ${name}, and the footer says otherwise`,
        name,
      )
    }
    const hash = (given['sha256'] as Record<string, unknown> | null | undefined)?.[name]
    if (hash !== read.sha256[name]) {
      throw mismatch(`the rows of ${name} are not those that were exported`, name)
    }
  }
  if (given['total'] !== read.total) throw mismatch('it is not what was exported')
  if (JSON.stringify(given) !== JSON.stringify(read)) {
    throw mismatch('the footer holds something else')
  }
}

function mismatch(message: string, table?: string): ImportError {
  return new ImportError('import_hash_mismatch', message, table === undefined ? {} : { table })
}
