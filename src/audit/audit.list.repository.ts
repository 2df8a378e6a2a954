import { setImmediate as turn } from 'node:timers/promises'
import { and, desc, eq, sql, type SQL } from 'drizzle-orm'
import type { Queryable } from '../database/database.ts'
import type { Tables } from '../database/tables/tables.ts'
import { lazy } from '../lazy.ts'
import { sourceOf, type AuditFilter, type Source } from './audit.filter.ts'
import { earlier, earliest, latest, type AuditPlace, type AuditRow } from './audit.row.ts'

export interface AuditPage {
  rows: AuditRow[]
  /** Where it was given up to look for more, though there may be some; null at the end, and where there are enough. */
  end: AuditPlace | null
}

/** How far a page looks where a filter has no index. */
export interface Effort {
  /** Rows that one statement looks at: SQLite's statements run on the event loop. */
  strideRows: number
  strides: number
}

const usual: Effort = { strideRows: 4_000, strides: 25 }

/** The newest first. Whatever is asked, no statement looks at more than some thousand rows. */
export function createAuditList(
  db: Queryable,
  { audit: t }: Tables,
  { strideRows, strides } = usual,
) {
  const p = sql.placeholder
  const time = [t.at, t.id]
  /** The columns of each index. */
  const keys = {
    object: [t.objectId, ...time],
    actor: [t.actorId, ...time],
    action: [t.action, ...time],
    all: time,
  }

  // Not `action = …`: PostgreSQL would then think it good to walk all times for an action that was long ago.
  function between(source: Source, values: Record<Bound, unknown>) {
    const key = sql.join(keys[source], comma)
    const value = source === 'all' ? sql`` : sql`${values.value}, `
    return and(
      sql`(${key}) < (${value}${values.beforeAt}, ${values.beforeId})`,
      sql`(${key}) >= (${value}${values.sinceAt}, ${values.sinceId})`,
    )
  }

  const newestFirst = (source: Source) => keys[source].map((column) => desc(column))

  function statementsOf(source: Source) {
    const asked = between(source, placeholders)
    return {
      page: lazy(() =>
        db
          .select()
          .from(t)
          .where(asked)
          .orderBy(...newestFirst(source))
          .limit(p('limit'))
          .prepare(`audit_by_${source}`),
      ),
      /** The last place of a stride; it needs nothing but the index. */
      stride: lazy(() =>
        db
          .select({ at: t.at, id: t.id })
          .from(t)
          .where(asked)
          .orderBy(...newestFirst(source))
          .limit(1)
          .offset(p('rows'))
          .prepare(`audit_stride_${source}`),
      ),
    }
  }

  const statements = {
    object: statementsOf('object'),
    actor: statementsOf('actor'),
    action: statementsOf('action'),
    all: statementsOf('all'),
  }

  /** Expressions where there is an index, too: the one that is walked is to be the only one. */
  function restOf(filter: AuditFilter, source: Source): SQL[] {
    const { actor, action, outcome, requestId } = filter
    const rest: SQL[] = []
    if (actor !== undefined && source !== 'actor') rest.push(is(t.actorId, actor))
    if (action !== undefined && source !== 'action') rest.push(isAction(action))
    if (outcome !== undefined) rest.push(eq(t.outcome, outcome))
    if (requestId !== undefined) rest.push(eq(t.requestId, requestId))
    return rest
  }

  function isAction(action: string): SQL {
    if (action.includes('.')) return is(t.action, action)
    return sql`substr(${t.action}, 1, ${action.length + 1}) = ${`${action}.`}`
  }

  return {
    /** At most `limit` rows before a place. */
    async list(filter: AuditFilter, limit: number, after?: AuditPlace): Promise<AuditPage> {
      const source = sourceOf(filter)
      const rest = restOf(filter, source)
      const value = source === 'all' ? '' : filter[source]
      const since = filter.from === undefined ? earliest : { at: filter.from, id: '' }
      let before = filter.to === undefined ? latest : { at: filter.to, id: '' }
      if (after) before = earlier(after, before)
      const { page, stride } = statements[source]
      if (rest.length === 0) {
        const rows = await page().execute({ ...bounds(value, before, since), limit })
        return { rows, end: null }
      }

      const rows: AuditRow[] = []
      for (let walked = 0; walked < strides; walked++) {
        const asked = { ...bounds(value, before, since), rows: strideRows - 1 }
        const [end] = await stride().execute(asked)
        const found = await db
          .select()
          .from(t)
          .where(and(between(source, bounds(value, before, end ?? since)), ...rest))
          .orderBy(...newestFirst(source))
          .limit(limit - rows.length)
        rows.push(...found)
        if (rows.length === limit || !end) return { rows, end: null }
        before = end
        await turn()
      }
      return { rows, end: before }
    },
  }
}

type Bound = keyof ReturnType<typeof bounds>

function bounds(value: unknown, before: AuditPlace, since: AuditPlace) {
  return {
    value,
    beforeAt: before.at,
    beforeId: before.id,
    sinceAt: since.at,
    sinceId: since.id,
  }
}

const comma = sql`, `

const placeholders = {
  value: sql.placeholder('value'),
  beforeAt: sql.placeholder('beforeAt'),
  beforeId: sql.placeholder('beforeId'),
  sinceAt: sql.placeholder('sinceAt'),
  sinceId: sql.placeholder('sinceId'),
}

function is(column: Tables['audit']['action' | 'actorId'], value: string): SQL {
  return sql`coalesce(${column}, '') = ${value}`
}
