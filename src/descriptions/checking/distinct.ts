/** Whether no two items are equal as JSON values, in time linear in their size. */
export function isDistinct(items: readonly unknown[]): boolean {
  if (items.length < 2) return true
  const seen = new Set<unknown>()
  for (const item of items) {
    const key = typeof item === 'object' && item !== null ? `\u0000${canonical(item)}` : item
    if (seen.has(key)) return false
    seen.add(key)
  }
  return true
}

/** One text for all values that are equal: keys in one order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    return Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))
  })
}
