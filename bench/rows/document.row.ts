import type { Bench } from '../bench.ts'
import type { Figure } from '../figure.ts'
import { measureRead, specCount } from './read.ts'
import { openSlugs } from './spec.row.ts'

const paths = openSlugs(specCount).map((slug) => `/api/specs/${slug}/versions/latest/document`)

/** P4: the latest document of a spec, handed out as it is stored, on both engines. */
export async function documentOnBoth(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const engine of ['sqlite', 'postgres'] as const) {
    figures.push(
      await measureRead(bench, {
        row: 'P4',
        engine,
        what: 'GET …/versions/latest/document, 40 kB, gzip',
        limit: `document.${engine}.ts`,
        paths,
        headers: { 'accept-encoding': 'gzip' },
        goal: { ratioAtMost: 1.5 },
      }),
    )
  }
  return figures
}
