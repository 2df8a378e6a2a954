import { databaseErrorIn } from '../../../database/database.errors.ts'
import { ImportError } from '../../portability.errors.ts'

/** What a broken constraint says of an import; any other error as it is. */
export function applyError(error: unknown): unknown {
  switch (databaseErrorIn(error)?.kind) {
    case 'unique':
      return new ImportError('import_conflict', 'two rows have a value that only one may have')
    case 'foreign_key':
      return new ImportError('import_reference', 'a row refers to one that is nowhere')
    case 'not_null':
    case 'check':
      return new ImportError('import_row', 'a row does not fit its table')
    default:
      return error
  }
}
