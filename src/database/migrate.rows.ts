import type { MigrationSession } from './database.ts'

/** How many rows each table has. */
export async function countRows(session: MigrationSession): Promise<Map<string, number>> {
  const tables = await session.tables()
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

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
