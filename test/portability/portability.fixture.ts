import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { openDatabase } from '../../src/database/index.ts'
import { migrate } from '../../src/database/migrations/migrate.ts'
import { readMigrations } from '../../src/database/migrations/manifest.ts'
import type { Role } from '../../src/database/tables/tables.ts'
import { currentModel } from '../../src/database/tables/model.ts'
import { parseTarget } from '../../src/database/target/target.ts'
import { exportDatabase, type ExportOptions } from '../../src/portability/export/export.ts'
import {
  createDocument,
  type Credentials,
  type Schema,
} from '../../src/portability/format/document.ts'
import { applyImport, type ApplyOptions } from '../../src/portability/import/apply/apply.ts'
import type { TableCounts } from '../../src/portability/import/apply/table.ts'
import { checkImport, type ImportOptions } from '../../src/portability/import/import.ts'
import { ImportError, LockOutError } from '../../src/portability/portability.errors.ts'
import { exportedTables, registry, tableOf } from '../../src/portability/registry.ts'
import { escapeSeparators } from '../../src/portability/format/row-line.ts'
import type { TestDatabase } from '../support/databases.ts'
import { databaseOptions, quiet } from '../support/database.options.ts'

/** How often a heavy trial is repeated; reliability.md says how often in a full run. */
export const trials = Number(process.env['HOLDFAST_TRIALS'] ?? 0)

const urls = new WeakMap<Database, string>()

/** For another process to open it. */
export const urlOf = (database: Database) => urls.get(database) ?? ''

/** A database at the newest schema, closed after the file's tests. */
export async function openMigrated(create: () => Promise<TestDatabase>): Promise<Database> {
  const { url } = await create()
  const database = openDatabase(parseTarget(url).target, databaseOptions)
  urls.set(database, url)
  afterAll(() => database.close())
  await database.open()
  await migrate(database, readMigrations(database.engine))
  return database
}

/** A folder for temporary files, which goes after the file's tests. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-portability-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export const spools = scratchFolder()

/** What is left of imports among the temporary files. */
export const leftovers = () => readdirSync(spools)

export async function exportOf(database: Database, options: ExportOptions = {}): Promise<Buffer> {
  const chunks: Buffer[] = []
  await exportDatabase(database, options, (chunk) => Promise.resolve(void chunks.push(chunk)))
  return Buffer.concat(chunks)
}

export function check(bytes: Buffer, options: Partial<ImportOptions> = {}) {
  return checkImport(inChunks(bytes), {
    folder: spools,
    maxBytes: 1024 ** 3,
    log: quiet,
    ...options,
  })
}

export async function importInto(
  database: Database,
  bytes: Buffer,
  options: Partial<ImportOptions & ApplyOptions> = {},
) {
  const checked = await check(bytes, options)
  try {
    return await applyImport(database, checked, {
      mode: 'merge',
      safetyCopy: undefined,
      ...options,
    })
  } finally {
    await checked.dispose()
  }
}

/** The code that an import is refused with; undefined when it is not. Any other error is the test's. */
export async function refusalOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    if (error instanceof ImportError || error instanceof LockOutError) return error.code
    throw error
  }
}

export async function* inChunks(bytes: Buffer, size = 64 * 1024): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The first ten digits say the order. */
export function idOf(number: number, kind = 0): string {
  const digits = number.toString(16).padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7000-8000-${kind.toString(16).padStart(12, '0')}`
}

const time = '2026-11-20T10:03:21.100Z'

/** A PHC string that no password has; another one for another number. */
export function passwordHashOf(number = 0): string {
  const digest = String(number).padStart(43, 'A')
  return `$argon2id$v=19$m=19456,t=2,p=1$c2FsdCBvZiB0ZXN0cw$${digest}`
}

export interface UserValues {
  id: string
  username: string
  email?: string | null
  role?: Role
  status?: 'active' | 'disabled'
  passwordHash?: string | null
  quotaSpecs?: number | null
  quotaBytes?: number | null
}

export function userRow(values: UserValues) {
  return {
    email: null,
    role: 'member' as const,
    status: 'active' as const,
    passwordHash: null,
    createdAt: time,
    updatedAt: time,
    quotaSpecs: null,
    quotaBytes: null,
    ...values,
  }
}

export function announcementRow(values: { id: string; authorId: string; title?: string }) {
  return {
    title: 'Title',
    body: 'Body',
    audience: 'everyone' as const,
    pinned: false,
    startsAt: null,
    endsAt: null,
    revision: 1,
    createdAt: time,
    updatedAt: time,
    ...values,
  }
}

export async function addUsers(database: Database, ...users: UserValues[]): Promise<void> {
  await database.unitOfWork({}, async (tx) => {
    await tx.insert(database.tables.users).values(users.map(userRow))
  })
}

export async function addAnnouncements(
  database: Database,
  ...announcements: Parameters<typeof announcementRow>[0][]
): Promise<void> {
  await database.unitOfWork({}, async (tx) => {
    await tx.insert(database.tables.announcements).values(announcements.map(announcementRow))
  })
}

export async function clear(database: Database): Promise<void> {
  await database.unitOfWork({}, async (tx) => {
    for (const table of registry.toReversed()) await tx.delete(tableOf(database, table))
  })
}

export type Row = Record<string, unknown>

/** The names of the tables of class data: all that an export without history has. */
export const dataTables = exportedTables(false).map(({ name }) => name)

/** Something of every table of data: given, or else the same. */
export function ofEveryTable<Value>(
  given: Record<string, Value>,
  otherwise: Value,
): Record<string, Value> {
  return { ...Object.fromEntries(dataTables.map((name) => [name, otherwise])), ...given }
}

/** What an import reports; nothing of the tables that are not given. */
export function reported(given: Record<string, TableCounts>): Record<string, TableCounts> {
  return ofEveryTable(given, { added: 0, changed: 0, same: 0, removed: 0 })
}

/** Tables given, and all others empty: those of history only where one of them is given. */
function whole(given: Record<string, Row[]>): Record<string, Row[]> {
  const history = exportedTables(true).some(
    ({ name, class: kind }) => kind === 'history' && name in given,
  )
  const empty = exportedTables(history).map(({ name }): [string, Row[]] => [name, []])
  return { ...Object.fromEntries(empty), ...given }
}

/** A document whose hashes are right, whatever its rows are; tables that are not given are empty, unless these are `all`. */
export function documentOf(
  tables: Record<string, Row[]>,
  {
    schema = currentModel(),
    credentials = 'omitted',
    asGiven = false,
    all = asGiven,
  }: { schema?: Schema; credentials?: Credentials; asGiven?: boolean; all?: boolean } = {},
): Buffer {
  const document = createDocument(schema)
  const parts: (string | Buffer)[] = [document.start()]
  for (const [name, rows] of Object.entries(all ? tables : whole(tables))) {
    parts.push(document.openTable(name))
    const lines = rows
      .map((row) => JSON.stringify(asGiven ? row : inDeclaredOrder(name, row)))
      .map(escapeSeparators)
      .join(',\n')
    if (rows.length > 0) parts.push(document.rows(Buffer.from(lines), rows.length))
    parts.push(document.closeTable())
  }
  parts.push(document.end(credentials).text)
  return Buffer.concat(parts.map((part) => Buffer.from(part)))
}

function inDeclaredOrder(name: string, row: Row): Row {
  const keys = registry.find((table) => table.name === name)?.columns.map(({ key }) => key) ?? []
  const known = keys.filter((key) => key in row).map((key) => [key, row[key]])
  const others = Object.entries(row).filter(([key]) => !keys.includes(key))
  return Object.fromEntries([...known, ...others]) as Row
}
