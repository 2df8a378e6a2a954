import { and, desc, eq, gt, inArray, isNull, lt, lte, or, sql, type SQL } from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'
import type { Audience, Tables } from '../../database/tables/tables.ts'
import { lazy } from '../../lazy.ts'

export type AnnouncementRow = Tables['announcements']['$inferSelect']

/** A place in the order: pinned first, then the newest, then by id. */
export interface Place {
  pinned: boolean
  shownAt: string
  id: string
}

export function createAnnouncements(db: Queryable, { announcements: t }: Tables) {
  const p = sql.placeholder
  // As the index has it, word for word.
  const shownAt = sql`(case when ${t.startsAt} is null then ${t.createdAt} else ${t.startsAt} end)`

  const pages = {
    active: pagesOf(true),
    all: pagesOf(false),
  }

  function pagesOf(active: boolean) {
    return {
      first: lazy(() => page(active, 'first')),
      afterPinned: lazy(() => page(active, 'after_pinned', later)),
      after: lazy(() => page(active, 'after', laterPlain)),
    }
  }

  // Not (pinned, shownAt, id) < (…): SQLite seeks no place by an expression in a row of values, and reads all before.
  const later = or(
    eq(t.pinned, false),
    sql`${shownAt} < ${p('shownAt')}`,
    sql`(${shownAt} = ${p('shownAt')} and ${t.id} < ${p('id')})`,
  )
  const laterPlain = and(
    eq(t.pinned, false),
    sql`${shownAt} <= ${p('shownAt')}`,
    or(sql`${shownAt} < ${p('shownAt')}`, lt(t.id, p('id'))),
  )

  function page(active: boolean, name: string, after?: SQL) {
    return db
      .select()
      .from(t)
      .where(
        and(
          // Three placeholders whatever is asked: one statement, prepared once.
          inArray(t.audience, [p('audience0'), p('audience1'), p('audience2')]),
          active ? or(isNull(t.startsAt), lte(t.startsAt, p('now'))) : undefined,
          active ? or(isNull(t.endsAt), gt(t.endsAt, p('now'))) : undefined,
          after,
        ),
      )
      .orderBy(desc(t.pinned), desc(shownAt), desc(t.id))
      .limit(p('limit'))
      .prepare(`announcements_${active}_${name}`)
  }

  const byId = lazy(() =>
    db
      .select()
      .from(t)
      .where(eq(t.id, p('id')))
      .prepare('announcement_by_id'),
  )

  const insert = lazy(() =>
    db
      .insert(t)
      .values({
        id: p('id'),
        title: p('title'),
        body: p('body'),
        audience: p('audience'),
        pinned: p('pinned'),
        startsAt: p('startsAt'),
        endsAt: p('endsAt'),
        authorId: p('authorId'),
        revision: p('revision'),
        createdAt: p('createdAt'),
        updatedAt: p('updatedAt'),
      } as never)
      .prepare('announcement_insert'),
  )

  return {
    async byId(id: string): Promise<AnnouncementRow | undefined> {
      const [row] = await byId().execute({ id })
      return row
    },

    /** At most `limit` rows after a place, in the list's order; `now` leaves out what is not shown then. */
    list(filter: {
      audiences: Audience[]
      now?: string
      after?: Place
      limit: number
    }): Promise<AnnouncementRow[]> {
      const { audiences, now, after, limit } = filter
      const [first] = audiences
      if (first === undefined) return Promise.resolve([])
      const kind = now === undefined ? pages.all : pages.active
      const page = !after ? kind.first : after.pinned ? kind.afterPinned : kind.after
      return page().execute({
        audience0: first,
        audience1: audiences[1] ?? first,
        audience2: audiences[2] ?? first,
        now,
        ...after,
        limit,
      })
    },

    async create(row: AnnouncementRow): Promise<void> {
      await insert().execute(row)
    },

    /** Replaces a row that is still of a revision; tells whether it was. */
    async update(row: AnnouncementRow, revision: number): Promise<boolean> {
      const updated = await db
        .update(t)
        .set(row)
        .where(and(eq(t.id, row.id), eq(t.revision, revision)))
        .returning({ id: t.id })
      return updated.length > 0
    },

    async remove(id: string, revision: number): Promise<boolean> {
      const removed = await db
        .delete(t)
        .where(and(eq(t.id, id), eq(t.revision, revision)))
        .returning({ id: t.id })
      return removed.length > 0
    },
  }
}
