import type { Bench } from '../bench.ts'
import type { Figure } from '../figure.ts'
import { measureRead } from './read.ts'

/** P3: the first page of the list, on both engines. */
export async function listOnBoth(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const engine of ['sqlite', 'postgres'] as const) {
    figures.push(
      await measureRead(bench, {
        row: 'P3',
        engine,
        what: 'GET /api/specs?limit=20, 10,000 specs',
        limit: `list.${engine}.ts`,
        paths: ['/api/specs?limit=20'],
        goal: { ratioAtMost: 2 },
      }),
    )
  }
  return figures
}
