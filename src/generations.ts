/**
 * A map of at most about `most` entries: the half that was used last, and what is left of the half before. Whoever is
 * not used while half as many others come is forgotten. A use costs a look-up, and no order is kept.
 */
export interface Generations<Value> {
  get: (key: string) => Value | undefined
  set: (key: string, value: Value) => void
  readonly size: number
}

/** `most` is how many entries it may have. */
export function createGenerations<Value>(most: number): Generations<Value> {
  const half = Math.max(1, Math.floor(most / 2))
  let recent = new Map<string, Value>()
  let former = new Map<string, Value>()

  function set(key: string, value: Value): void {
    recent.set(key, value)
    if (recent.size < half) return
    former = recent
    recent = new Map()
  }

  return {
    get(key) {
      const found = recent.get(key)
      if (found !== undefined) return found
      const old = former.get(key)
      if (old === undefined) return undefined
      former.delete(key)
      set(key, old)
      return old
    },
    set,
    get size() {
      return recent.size + former.size
    },
  }
}
