import type { Database, MigrationSession } from '../database.ts'
import { quoted } from '../names.ts'

/**
 * Lets nobody else change rows until the end of the transaction: what another instance deletes meanwhile would be
 * taken for lost. Reading goes on. On SQLite there is one writer as it is.
 */
export async function refuseWriters(
  session: MigrationSession,
  engine: Database['engine'],
  tables: string[],
): Promise<void> {
  if (engine === 'sqlite' || tables.length === 0) return
  await session.execute(`lock table ${tables.map(quoted).join(', ')} in share mode`, [])
}

/** How many rows each of the tables has. */
export async function countRows(
  session: MigrationSession,
  tables: string[],
): Promise<Map<string, number>> {
  if (tables.length === 0) return new Map()
  const counts = tables.map((table, index) => `select ${index}, count(*) from ${quoted(table)}`)
  const { rows } = await session.execute(counts.join(' union all '), [])
  return new Map(rows.map(([index, count]) => [tables[Number(index)] ?? '', Number(count)]))
}

/** Names every table that has fewer rows than before, or is gone with rows in it; undefined when there is none. */
export function lostRows(before: Map<string, number>, after: Map<string, number>) {
  const losses = [...before].flatMap(([table, rows]) => {
    const left = after.get(table) ?? 0
    return left < rows ? [`${rows - left} of ${rows} rows of ${table}`] : []
  })
  return losses.length > 0 ? losses.join(', ') : undefined
}
