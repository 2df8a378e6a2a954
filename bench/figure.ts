/** One line of the table: what the service took, what the limit took in the same run, and the goal. */
export interface Figure {
  row: string
  engine: string
  what: string
  unit: string
  /** Undefined where this system does not tell. */
  figure: number | undefined
  limit?: number | undefined
  goal: Goal
  /** Of the requests that stand behind the figure. */
  requests?: { perSecond: number; limitPerSecond?: number; errors: number }
}

/** What the figure itself, or its ratio to the limit, has to be. */
export type Goal =
  | { ratioAtMost: number }
  | { ratioAtLeast: number }
  | { atMost: number }
  | { none: true }

export function ratioOf({ figure, limit }: Figure): number | undefined {
  return figure === undefined || limit === undefined ? undefined : figure / limit
}

/** Undefined where nothing was measured, or nothing is asked. A failed request fails the row. */
export function isReached(figure: Figure): boolean | undefined {
  const { goal, requests } = figure
  if ('none' in goal) return undefined
  const value = 'atMost' in goal ? figure.figure : ratioOf(figure)
  if (value === undefined) return undefined
  if (requests && requests.errors > 0) return false
  if ('atMost' in goal) return value <= goal.atMost
  return 'ratioAtMost' in goal ? value <= goal.ratioAtMost : value >= goal.ratioAtLeast
}

/** The middle one; undefined when one of them is missing, for then it would be of something else. */
export function median(values: (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined).sort((a, b) => a - b)
  if (known.length === 0 || known.length < values.length) return undefined
  const middle = known.length / 2
  const upper = known[Math.floor(middle)] as number
  return known.length % 2 ? upper : (upper + (known[middle - 1] as number)) / 2
}

/** The value that a share of all of them is not above; undefined of none. */
export function percentile(values: number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
}
