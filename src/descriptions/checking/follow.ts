import { child, resolvePointer } from '../pointer.ts'

/** What a value refers to within its document, one step of it; the value itself where that is not there. */
export function follow(root: object, value: unknown): unknown {
  const reference = child(value, '$ref')
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return value
  return resolvePointer(root, reference.slice(1)) ?? value
}
