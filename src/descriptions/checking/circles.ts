import { child } from '../pointer.ts'

interface Open {
  schema: object
  /** What it is made of and was not yet looked at. */
  parts: object[]
}

/**
 * Schemas that are made of themselves by `allOf`, of each circle the first: no value and no reader comes to their end.
 * Schemas that merely contain themselves, as a tree does, are ordinary. Iterative: a circle may be thousands long.
 */
export function circlesOf(
  composed: readonly object[],
  target: (reference: string) => unknown,
): Set<object> {
  const circles = new Set<object>()
  const seen = new Map<object, 'open' | 'done'>()

  function partsOf(schema: object): object[] {
    const listed = child(schema, 'allOf')
    const reference = child(schema, '$ref')
    const referred = typeof reference === 'string' ? target(reference) : undefined
    return [referred, ...(Array.isArray(listed) ? (listed as unknown[]) : [])].filter(
      (part): part is object => typeof part === 'object' && part !== null,
    )
  }

  for (const start of composed) {
    const stack: Open[] = []
    const enter = (schema: object) => {
      seen.set(schema, 'open')
      stack.push({ schema, parts: partsOf(schema) })
    }
    if (!seen.has(start)) enter(start)
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const part = top.parts.pop()
      if (!part) {
        seen.set(top.schema, 'done')
        stack.pop()
      } else if (!seen.has(part)) enter(part)
      else if (seen.get(part) === 'open') {
        const circle = stack.slice(stack.findIndex(({ schema }) => schema === part))
        const first = circle.find(({ schema }) => child(schema, 'allOf') !== undefined)
        if (first) circles.add(first.schema)
      }
    }
  }
  return circles
}
