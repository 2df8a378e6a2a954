import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Database, Queryable } from '../../../database/database.ts'
import { batchRows } from '../check/rows.ts'
import type { CheckedImport } from '../import.ts'
import { ImportError } from '../../portability.errors.ts'
import { registry, type RegisteredTable } from '../../registry.ts'
import { createSpecCurrency, type CurrentVersion } from './spec-currency.ts'
import { createTableStore } from './store.ts'

type Settled = Pick<Database, 'tables'>

/**
 * Sets anew what follows from other rows, for every spec that an import touched: its latest version, its format,
 * whether it is open; its title and its words where a version that the import does not have is the current one; its
 * count of downloads where it has none. Removes documents that no version has, and gives their number.
 * Raises `ImportError` for a version that tells another length than others of the same document.
 */
export async function settleSpecs(
  tx: Queryable,
  database: Settled,
  checked: CheckedImport,
): Promise<number> {
  const part = (name: string) => checked.tables.find(({ table }) => table.name === name)
  const specs = part('specs')
  const versions = part('versions')
  const documents = part('documents')
  const others = checked.open.get('specs')
  const currency = createSpecCurrency(tx, database, {
    spec: (id) => specs?.ids.has(id) === true,
    version: (id) => versions?.ids.has(id) === true,
  })

  await checkLengths(tx, database, [...(checked.open.get('documents')?.keys() ?? [])])
  if ((specs?.rows ?? 0) > 0 || others) {
    const touched = (id: string) => specs?.ids.has(id) === true || others?.has(id) === true
    for await (const ids of idsOf(tx, database, 'specs', touched)) {
      const current = await currency.read(ids)
      await currency.settle(current.filter(isOther))
      await currency.follow(current.filter(({ asImported, indexed }) => !asImported || !indexed))
      await countDownloads(tx, database, ids)
    }
  }
  let removed = 0
  if ((documents?.rows ?? 0) > 0) {
    for await (const ids of idsOf(
      tx,
      database,
      'documents',
      (id) => documents?.ids.has(id) === true,
    )) {
      removed += await removeUnused(tx, database, ids)
    }
  }
  return removed
}

/** Whether a spec says something else than follows from its versions. */
function isOther({ says, follows }: CurrentVersion): boolean {
  return (
    says.latestId !== follows.latestId ||
    says.open !== follows.open ||
    says.format !== follows.format
  )
}

/** Ids of a table that pass, so many at a time as one statement takes. */
async function* idsOf(
  tx: Queryable,
  database: Settled,
  name: string,
  passes: (id: string) => boolean,
): AsyncGenerator<string[]> {
  const table = registry.find((table) => table.name === name) as RegisteredTable
  for await (const page of createTableStore(tx, database, table).ids()) {
    const ids = page.filter(passes)
    for (let from = 0; from < ids.length; from += batchRows) yield ids.slice(from, from + batchRows)
  }
}

async function countDownloads(tx: Queryable, { tables }: Settled, ids: string[]): Promise<void> {
  const { downloads, specs } = tables
  await tx.execute(sql`
    insert into ${downloads} (id, count) select id, 0 from ${specs} where ${inArray(specs.id, ids)}
    on conflict (id) do nothing`)
}

async function removeUnused(tx: Queryable, { tables }: Settled, ids: string[]): Promise<number> {
  const { documents, versions } = tables
  const unused = sql`not exists (select 1 from ${versions} where ${eq(versions.documentId, documents.id)})`
  const removed = await tx
    .delete(documents)
    .where(and(inArray(documents.id, ids), unused))
    .returning({ id: documents.id })
  return removed.length
}

/** Documents that are not in the import: the versions that were there tell how long they are. */
async function checkLengths(tx: Queryable, { tables }: Settled, ids: string[]): Promise<void> {
  const { versions } = tables
  for (let from = 0; from < ids.length; from += batchRows) {
    const wrong = await tx
      .select({ id: versions.documentId })
      .from(versions)
      .where(inArray(versions.documentId, ids.slice(from, from + batchRows)))
      .groupBy(versions.documentId)
      .having(sql`min(${versions.bytes}) <> max(${versions.bytes})`)
      .limit(1)
    if (wrong.length === 0) continue
    throw new ImportError('import_row', 'bytes of a version is not the length of its document', {
      table: 'versions',
    })
  }
}
