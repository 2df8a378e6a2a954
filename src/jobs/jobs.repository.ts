import { and, asc, eq, isNull, lte, or, sql, type SQL } from 'drizzle-orm'
import type { Queryable } from '../database/database.ts'
import type { Details } from '../database/tables/activity.tables.ts'
import type { Tables } from '../database/tables/tables.ts'

export type JobRow = Tables['jobs']['$inferSelect']

/** How a run ended. */
export interface Ending {
  endedAt: string
  outcome: NonNullable<JobRow['outcome']>
  details: Details
}

/** Who takes a job, and until when it is his if he does not say so again. Times are ISO texts. */
export interface Lease {
  job: string
  /** A name of this run, of which there is no other. */
  holder: string
  now: string
  until: string
}

/** When a job is due: by the start of its last run. */
export interface Due {
  /** For one that came to its end. */
  endedBefore: string
  /** For one that did not: it may go on earlier. */
  unfinishedBefore: string
}

/** Work that one instance at a time does: who has it, and how it went. */
export function createJobs(db: Queryable, { jobs: t }: Tables) {
  const isHeldBy = ({ job, holder }: Pick<Lease, 'job' | 'holder'>) =>
    and(eq(t.id, job), eq(t.holder, holder))

  function isDue({ endedBefore, unfinishedBefore }: Due): SQL | undefined {
    return or(
      isNull(t.startedAt),
      lte(t.startedAt, endedBefore),
      and(or(isNull(t.outcome), eq(t.outcome, 'unfinished')), lte(t.startedAt, unfinishedBefore)),
    )
  }

  return {
    /** All that ever ran, by their names. */
    list(): Promise<JobRow[]> {
      return db.select().from(t).orderBy(asc(t.id))
    },

    async byName(job: string): Promise<JobRow | undefined> {
      const [row] = await db.select().from(t).where(eq(t.id, job))
      return row
    },

    /** Takes a job that nobody has, or whose holder's time is over; tells whether it could. */
    async take({ job, holder, now, until }: Lease, due?: Due): Promise<boolean> {
      const row = {
        holder,
        heldUntil: until,
        startedAt: now,
        endedAt: null,
        outcome: null,
        details: {},
      }
      const isFree = or(isNull(t.heldUntil), lte(t.heldUntil, now))
      const taken = await db
        .insert(t)
        .values({ id: job, ...row })
        .onConflictDoUpdate({
          target: t.id,
          set: row,
          setWhere: sql`${and(isFree, due && isDue(due))}`,
        })
        .returning({ id: t.id })
      return taken.length > 0
    },

    /** Keeps the job for longer; tells whether it is still the holder's. */
    async renew(lease: Pick<Lease, 'job' | 'holder' | 'until'>): Promise<boolean> {
      const renewed = await db
        .update(t)
        .set({ heldUntil: lease.until })
        .where(isHeldBy(lease))
        .returning({ id: t.id })
      return renewed.length > 0
    },

    /** Says how it went and lets the job go; tells whether it was still the holder's. */
    async end(lease: Pick<Lease, 'job' | 'holder'>, ending: Ending): Promise<boolean> {
      const left = await db
        .update(t)
        .set({ ...ending, holder: null, heldUntil: null })
        .where(isHeldBy(lease))
        .returning({ id: t.id })
      return left.length > 0
    },
  }
}
