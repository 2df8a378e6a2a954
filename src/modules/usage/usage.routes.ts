import { createHash } from 'node:crypto'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { Type, type Static } from 'typebox'
import { anyText, decodeCursor, encodeCursor } from '../../http/cursor.ts'
import { nextLink } from '../../http/link.ts'
import type { Storage } from '../../storage.ts'
import type { Counts } from '../../usage/counts.ts'
import type { UsageFilter, UsagePage as Place } from '../../usage/usage.sums.repository.ts'
import { InvalidRangeError } from './usage.errors.ts'
import { Usage, UsagePage, UsageQuery } from './usage.schemas.ts'

type Query = Static<typeof UsageQuery>
type Item = Static<typeof Usage>

const dayMs = 24 * 60 * 60 * 1000
const daysByDefault = 30

/** GET what was asked of the service, summed up. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.addSchema(Usage)
  app.addSchema(UsagePage)

  app.get(
    '/usage',
    {
      config: { access: { who: 'admin', scope: 'ops:read' } },
      schema: {
        tags: ['Operations'],
        summary: 'What was asked of the service?',
        description:
          'Sums by day (the newest first), by route (by name) or by user (guests first, then by id); some seconds late. Routes and users are kept for 90 days, the totals of days for ever. Probes of health and metrics are not counted.',
        querystring: UsageQuery,
        response: { 200: Type.Ref('UsagePage') },
      },
    },
    async (request, reply) => {
      const { query } = request
      const filter = filterOf(query, Date.now())
      const list = listOf(query)
      const found = await sumsOf(app.storage, query.by, filter, {
        limit: query.limit + 1,
        ...(query.cursor !== undefined && { after: placeOf(list, query.cursor) }),
      })
      const sums = found.slice(0, query.limit)
      const last = found.length > query.limit ? sums.at(-1) : undefined
      const nextCursor = last ? encodeCursor(list, [last.key]) : null
      if (nextCursor !== null) reply.header('link', nextLink(request.url, nextCursor))
      return { items: sums.map(({ item }) => item), nextCursor }
    },
  )

  done()
}

export default routes

/** Raises 400 for a range that ends before it begins. */
function filterOf(query: Query, now: number): UsageFilter {
  const to = query.to ?? dayOf(now)
  const from = query.from ?? dayOf(Date.parse(to) - (daysByDefault - 1) * dayMs)
  if (from > to) throw new InvalidRangeError()
  return {
    from,
    to,
    ...(query.route !== undefined && { route: query.route }),
    ...(query.user !== undefined && { userId: query.user === 'guest' ? null : query.user }),
  }
}

/** Names the list of these sums, in few characters: a route may have many. */
function listOf({ by, from, to, route, user }: Query): string {
  const hash = createHash('sha256').update(JSON.stringify([by, from, to, route, user]))
  return `usage ${hash.digest('base64url').slice(0, 16)}`
}

/** Sums with their places in the list. */
async function sumsOf(
  storage: Storage,
  by: Query['by'],
  filter: UsageFilter,
  page: Place,
): Promise<{ key: string; item: Item }[]> {
  if (by === 'day') {
    const rows = await storage.usageSums.byDay(filter, page)
    return rows.map(({ day, ...row }) => ({ key: day, item: { day, ...figuresOf(row) } }))
  }
  if (by === 'route') {
    const rows = await storage.usageSums.byRoute(filter, page)
    return rows.map(({ route, ...row }) => ({ key: route, item: { route, ...figuresOf(row) } }))
  }
  const rows = await storage.usageSums.byUser(filter, page)
  return rows.map(({ userId, username, ...row }) => {
    const user = userId === null ? null : { id: userId, username }
    return { key: userId ?? '', item: { user, ...figuresOf(row) } }
  })
}

function figuresOf({ duration, ...counts }: Counts): Omit<Item, 'day' | 'route' | 'user'> {
  return { ...counts, durationMs: duration / 1000 }
}

function placeOf(list: string, cursor: string): string {
  const [key] = decodeCursor(list, cursor, [anyText])
  return key as string
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
