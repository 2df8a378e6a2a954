import { child, resolvePointer } from '../pointer.ts'

/** A schema, or a part of one. */
export type Part = Record<string, unknown>

const draft07 = 'http://json-schema.org/draft-07/schema'

/** A part, or what it refers to. The schemas of AsyncAPI lie in one file under their addresses. */
export function resolvePart(root: object, part: Part): Part {
  const reference = part['$ref']
  if (typeof reference !== 'string') return part
  const hash = reference.indexOf('#')
  const address = hash === -1 ? reference : reference.slice(0, hash)
  const pointer = hash === -1 ? '' : reference.slice(hash + 1)
  const definitions = child(root, 'definitions')
  const bases = address === '' ? [root, child(definitions, draft07)] : [child(definitions, address)]
  for (const base of bases) {
    const target = resolvePointer(base, pointer)
    if (target !== undefined) return target as Part
  }
  return part
}

const lists = ['allOf', 'anyOf', 'oneOf']
const singles = ['if', 'then', 'else', 'not']

/** All parts that are held against the very value that a part is held against. */
export function partsOfPlace(root: object, part: Part): Set<Part> {
  const parts = new Set<Part>()
  const visit = (one: unknown) => {
    if (typeof one !== 'object' || one === null || parts.has(one as Part)) return
    const current = one as Part
    parts.add(current)
    visit(resolvePart(root, current))
    for (const key of lists)
      if (Array.isArray(current[key])) for (const inner of current[key]) visit(inner)
    for (const key of singles) visit(current[key])
  }
  visit(part)
  return parts
}

/** All parts that are held against the properties of the value. */
export function partsOfProperties(root: object, parts: Iterable<Part>): Set<Part> {
  const inner = new Set<Part>()
  for (const part of parts) {
    for (const property of Object.values(child(part, 'properties') ?? {})) {
      for (const one of partsOfPlace(root, property as Part)) inner.add(one)
    }
  }
  return inner
}
