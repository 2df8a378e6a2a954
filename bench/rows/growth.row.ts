import type { Bench } from '../bench.ts'
import type { Figure } from '../figure.ts'
import type { Server } from '../server.ts'
import { measureGrown, type GrownRow } from './grown.ts'
import { openSlugs } from './spec.row.ts'

const rows: Pick<GrownRow, 'what' | 'paths'>[] = [
  {
    what: 'GET /api/specs/:slug',
    // Of as many everywhere, from the newest to the oldest: what the client does is the same.
    paths: (count) => spread(openSlugs(count), 9000).map((slug) => `/api/specs/${slug}`),
  },
  { what: 'GET /api/specs?limit=20', paths: () => ['/api/specs?limit=20'] },
  {
    what: 'the thousandth page of 8',
    paths: async (_count, server) => [await pageAt(server, 1000)],
  },
]

/** P12: what a spec, the first page, and the thousandth page take when there are more specs. */
export async function growth(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const engine of ['sqlite', 'postgres'] as const) {
    for (const count of bench.full ? [100_000, 1_000_000] : [100_000]) {
      for (const { what, paths } of rows) {
        const goal = { ratioAtMost: 1.3 }
        figures.push(
          ...(await measureGrown(bench, { row: 'P12', engine, what, count, paths, goal })),
        )
      }
    }
  }
  return figures
}

function spread(all: string[], count: number): string[] {
  return Array.from(
    { length: count },
    (_, i) => all[Math.floor((i * all.length) / count)] as string,
  )
}

/** The address of a page, found by following the cursors. So small a page that of 10,000 specs there are as many behind the thousandth as the service looks at. */
async function pageAt({ port }: Server, number: number): Promise<string> {
  let path = '/api/specs?limit=8'
  for (let page = 1; page < number; page += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`)
    const { nextCursor } = (await answer.json()) as { nextCursor: string | null }
    if (nextCursor === null) throw new Error(`the list ends at page ${page}`)
    path = `/api/specs?limit=8&cursor=${nextCursor}`
  }
  return path
}
