import { clean } from './deriving/clean.ts'

export type Path = readonly (string | number)[]

/** The longest pointer that is made; a longer one ends at an object further out. */
const pointerLength = 1000

/** An RFC 6901 pointer. Its keys are cleaned and cut: it is shown to people. */
export function pointerOf(path: Path): string {
  let pointer = ''
  for (const key of path) {
    const longer = `${pointer}/${escape(typeof key === 'number' ? String(key) : clean(key, 200))}`
    if (longer.length > pointerLength) break
    pointer = longer
  }
  return pointer
}

function escape(key: string): string {
  return key.includes('~') || key.includes('/')
    ? key.replaceAll('~', '~0').replaceAll('/', '~1')
    : key
}

/** The keys of a pointer, or undefined where it is none. */
export function keysOf(pointer: string): string[] | undefined {
  if (pointer === '') return []
  if (!pointer.startsWith('/')) return undefined
  return pointer
    .slice(1)
    .split('/')
    .map((key) => (key.includes('~') ? key.replaceAll('~1', '/').replaceAll('~0', '~') : key))
}

/** What an object or an array has at a key, or undefined. Inherited properties are none. */
export function child(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value) && !/^(?:0|[1-9]\d*)$/.test(key)) return undefined
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
}

/** What stands at a pointer, or undefined. */
export function resolvePointer(root: unknown, pointer: string): unknown {
  const keys = keysOf(pointer)
  if (!keys) return undefined
  let value = root
  for (const key of keys) {
    value = child(value, key)
    if (value === undefined) return undefined
  }
  return value
}
