/**
 * Why an import is refused.
 *
 * - `import_incomplete`: it ends before its footer does.
 * - `import_not_json`: not JSON, not UTF-8, or a damaged gzip.
 * - `import_too_large`: more bytes than allowed, before or after unpacking.
 * - `import_foreign`: not an export of this service.
 * - `import_newer_schema`: of a newer version of it. `import_foreign_schema`: of a schema nobody here knows.
 * - `import_tables`: not the tables of its schema. `import_row`: a row that the schema does not allow.
 * - `import_order`: ids that do not ascend. `import_hash_mismatch`: edited or damaged.
 * - `import_reference`: a row refers to one that is nowhere.
 * - `import_unknown_key`: sealed under a key that is not in SECRET_KEYS. `import_wrong_key`: under another key of
 *   that name, or at another place.
 * - `import_user_conflict`: user names or e-mail addresses that others have here. `import_conflict`: other values
 *   that must be unique.
 * - `import_immutable`: a row that is here, with another value of what never changes.
 */
export type ImportErrorCode =
  | 'import_incomplete'
  | 'import_not_json'
  | 'import_too_large'
  | 'import_foreign'
  | 'import_newer_schema'
  | 'import_foreign_schema'
  | 'import_tables'
  | 'import_row'
  | 'import_order'
  | 'import_hash_mismatch'
  | 'import_reference'
  | 'import_unknown_key'
  | 'import_wrong_key'
  | 'import_user_conflict'
  | 'import_conflict'
  | 'import_immutable'

/** Where in an import; the row counts from 1. */
export interface RowPlace {
  table?: string
  row?: number
}

/** The import cannot be applied, and nothing of it was. The message is for the caller and holds no value of a row. */
export class ImportError extends Error {
  override readonly name = 'ImportError'
  readonly code: ImportErrorCode
  readonly table: string | undefined
  readonly row: number | undefined

  constructor(code: ImportErrorCode, message: string, place: RowPlace = {}) {
    super(message)
    this.code = code
    this.table = place.table
    this.row = place.row
  }
}

/** After the import nobody could log in as an administrator; nothing was applied. */
export class LockOutError extends Error {
  override readonly name = 'LockOutError'
  readonly code = 'would_lock_out'

  constructor() {
    super('after this import no active administrator could log in')
  }
}

/** An export that cannot be written faithfully. */
export class ExportError extends Error {
  override readonly name = 'ExportError'
}
