import { AsyncLocalStorage } from 'node:async_hooks'

const current = new AsyncLocalStorage<object>()

/** Runs a unit's work so that every statement made in it, however deep, knows which unit it belongs to. */
export function runInUnit<Result>(unit: object, work: () => Promise<Result>): Promise<Result> {
  // Not `work` itself: a query that it returns begins when it is awaited, which has to be in here.
  return current.run(unit, async () => work())
}

/** Raises inside a unit: there the outer repositories would read another state, or wait for the unit itself. */
export function assertOutsideUnit(): void {
  if (current.getStore())
    throw new Error('inside a unit of work, use the repositories it hands out')
}

/** Raises when the caller is not this unit: its handle was kept after its end, or passed to another one. */
export function assertInsideUnit(unit: object | undefined): asserts unit {
  if (unit === undefined || current.getStore() !== unit) {
    throw new Error('a unit of work has ended, or its repositories were used outside of it')
  }
}
