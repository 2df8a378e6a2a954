/**
 * What became of an operation, as its client knows it: `ok`, a 2xx; `fail`, definitely not done; `info`, nobody
 * knows: no answer, or a 5xx that was the last word. Only what is not `ok` may be missing, only what is not `fail`
 * may be there.
 */
export type Outcome = 'ok' | 'fail' | 'info'

/** One announcement that was to be made, or one change of a register; the title, or the mark, is its own. */
export type Operation =
  | { kind: 'create'; title: string; outcome: Outcome; id?: string }
  | { kind: 'change'; register: string; outcome: Outcome }

/** What is in the database at the end. */
export interface Row {
  id: string
  title: string
  /** 1 when made, and one more with every change. */
  revision: number
}

export interface Verdict {
  /** Acknowledged, and not there. */
  lost: string[]
  /** There more than once, or changed more often than asked for. */
  doubled: string[]
  /** There, though refused, or asked for by nobody. */
  ghosts: string[]
}

/** Holds a history against what is in the database. */
export function judge(history: readonly Operation[], rows: readonly Row[]): Verdict {
  const byTitle = Map.groupBy(rows, ({ title }) => title)
  const byId = new Map(rows.map((row) => [row.id, row]))
  const creations = history.filter((operation) => operation.kind === 'create')
  const changes = Map.groupBy(
    history.filter((operation) => operation.kind === 'change'),
    ({ register }) => register,
  )
  const asked = new Set(
    creations.filter(({ outcome }) => outcome !== 'fail').map(({ title }) => title),
  )
  const verdict: Verdict = {
    lost: creations
      .filter(({ outcome, title, id }) => outcome === 'ok' && byId.get(id ?? '')?.title !== title)
      .map(({ title }) => title),
    doubled: [...byTitle].filter(([, found]) => found.length > 1).map(([title]) => title),
    ghosts: [...byTitle.keys()].filter((title) => !asked.has(title)),
  }
  for (const [register, operations] of changes) {
    const done = operations.filter(({ outcome }) => outcome === 'ok').length
    const open = operations.filter(({ outcome }) => outcome === 'info').length
    const applied = (byId.get(register)?.revision ?? 0) - 1
    if (applied < done) verdict.lost.push(register)
    if (applied > done + open) verdict.doubled.push(register)
  }
  return verdict
}

/** The verdict of a service that keeps its promises. */
export const clean: Verdict = { lost: [], doubled: [], ghosts: [] }
