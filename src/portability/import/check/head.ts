import { exportFormat, type Schema } from '../../format/document.ts'
import type { JsonReader } from '../source/json-reader.ts'
import { ImportError } from '../../portability.errors.ts'

const shortValue = 4096

/** Reads an import up to its tables: raises `ImportError` (`import_foreign`) when it is none of ours. */
export async function readHead(reader: JsonReader): Promise<Schema> {
  if (String.fromCharCode(await reader.peek()) !== '{') throw foreign()
  await reader.take('{')
  if ((await reader.key()) !== 'format') throw foreign()
  if ((await reader.value(shortValue)) !== exportFormat) throw foreign()
  await reader.take(',')
  if ((await reader.key()) !== 'schema') throw foreign()
  const schema = schemaOf(await reader.value(shortValue))
  await reader.take(',')
  if ((await reader.key()) !== 'tables') throw foreign()
  return schema
}

/**
 * Tells how far behind this build's schema the import is: the version. `known` are the hashes of the model after
 * each version, from the first.
 */
export function checkSchema(schema: Schema, known: readonly string[]): void {
  if (schema.version > known.length) {
    throw new ImportError(
      'import_newer_schema',
      `it has version ${schema.version} of the schema, and this service has ${known.length}: update the service first`,
    )
  }
  if (known[schema.version - 1] !== schema.hash) {
    throw new ImportError(
      'import_foreign_schema',
      `its version ${schema.version} of the schema is not the one that this service knows`,
    )
  }
}

function schemaOf(value: unknown): Schema {
  const { version, hash, ...others } = (value ?? {}) as Record<string, unknown>
  if (
    typeof version === 'number' &&
    Number.isSafeInteger(version) &&
    version > 0 &&
    typeof hash === 'string' &&
    Object.keys(others).length === 0
  ) {
    return { version, hash }
  }
  throw foreign()
}

function foreign(): ImportError {
  return new ImportError('import_foreign', 'it is not an export of this service')
}
