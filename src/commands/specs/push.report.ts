import { fates, type Fate, type Outcome } from './spec.upload.ts'
import { oneLine } from './text.ts'

export type Totals = Record<Fate, number>

/** How many files had which fate. */
export function totalsOf(outcomes: readonly Outcome[]): Totals {
  const totals = Object.fromEntries(fates.map((fate) => [fate, 0])) as Totals
  for (const { fate } of outcomes) totals[fate] += 1
  return totals
}

/** A file's fate, as one line. */
export function lineOf({ path, slug, fate, version, code, detail }: Outcome): string {
  const place = slug === '' ? '' : ` as ${slug}`
  const what = version === undefined ? '' : ` (${version})`
  const why = code === undefined ? '' : `: ${code}, ${detail}`
  return oneLine(`${fate.padEnd(11)} ${path}${place}${what}${why}`)
}

/** What was counted, without what there is none of: `3 added, 1 refused`. */
export function countsOf(totals: Totals): string {
  const counted = fates.filter((fate) => totals[fate] > 0)
  return counted.map((fate) => `${totals[fate]} ${fate}`).join(', ')
}

/** Every file's fate, a line each, and the totals. */
export function textReport(outcomes: readonly Outcome[]): string {
  const lines = outcomes.map(lineOf)
  return `${[...lines, `${outcomes.length} files: ${countsOf(totalsOf(outcomes))}`].join('\n')}\n`
}

/** The same for programs. */
export function jsonReport(outcomes: readonly Outcome[]): string {
  return `${JSON.stringify({ files: outcomes, totals: totalsOf(outcomes) }, null, 2)}\n`
}
