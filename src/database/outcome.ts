import { databaseErrorIn, type DatabaseErrorKind } from './database.errors.ts'
import type { Outcome } from './database.ts'

/** The failures that speak of the database, not of what was asked of it. */
const failures = new Set<DatabaseErrorKind>([
  'unavailable',
  'timeout',
  'full',
  'readonly',
  'corrupt',
])

/** Keeps the last outcome of real traffic, and tells listeners when it turns. */
export function createOutcomeRecord() {
  let last: Outcome | undefined
  const listeners: ((ok: boolean) => void)[] = []

  function record(outcome: Outcome) {
    const turned = last?.ok !== outcome.ok
    last = outcome
    if (turned) for (const listener of listeners) listener(outcome.ok)
  }

  return {
    last: () => last,
    onChange: (listener: (ok: boolean) => void) => void listeners.push(listener),
    /** `startedAt` is of `performance.now()`. */
    succeeded(startedAt: number) {
      record({ ok: true, at: Date.now(), latencyMs: performance.now() - startedAt })
    },
    /** Errors of the request's own making (a constraint, a full queue) say nothing of the database. */
    failed(error: unknown, startedAt: number) {
      const kind = databaseErrorIn(error)?.kind
      if (!kind || !failures.has(kind)) return
      record({ ok: false, at: Date.now(), latencyMs: performance.now() - startedAt, error: kind })
    },
  }
}
