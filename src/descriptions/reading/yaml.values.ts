import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { DescriptionError } from '../description.errors.ts'
import { beyondLimit, limits } from '../limits.ts'
import { at, positionInText } from './position.ts'
import { quote } from '../quote.ts'

/** A value, and what a reader meets who follows every alias in it. */
interface Built {
  value: unknown
  nodes: number
  /** Objects and arrays inside each other. */
  height: number
}

/**
 * Makes plain values of YAML nodes, as JSON has them: keys are text, and an alias gives the very value that it names.
 * The merge key `<<` is followed, as every widespread reader of API descriptions does, though YAML 1.2 has dropped it.
 * Raises `DescriptionError`: `duplicate_key`, `too_many_keys`, `too_many_nodes`, `too_deep`, `not_parsable`.
 */
export function valuesOf(document: Document.Parsed, text: string): unknown {
  const anchors = new Map<string, Built | 'open'>()
  let total = 0

  function place(node: unknown) {
    const range = (node as { range?: readonly number[] | null } | null)?.range
    return positionInText(text, range?.[0] ?? 0)
  }

  function count(nodes: number, node: unknown): void {
    total += nodes
    if (total > limits.nodes) throw beyondLimit('too_many_nodes', place(node))
  }

  function build(node: unknown, depth: number): Built {
    if (isAlias(node)) return follow(node, depth)
    const anchor = (node as Node | null)?.['anchor' as never] as string | undefined
    if (anchor !== undefined) anchors.set(anchor, 'open')
    const built = construct(node, depth)
    if (anchor !== undefined) anchors.set(anchor, built)
    return built
  }

  function construct(node: unknown, depth: number): Built {
    count(1, node)
    if (node === null || node === undefined) return { value: null, nodes: 1, height: 0 }
    if (isScalar(node)) return { value: node.value, nodes: 1, height: 0 }
    if (depth >= limits.depth) throw beyondLimit('too_deep', place(node))
    return isMap(node) ? buildMap(node, depth + 1) : buildSequence(node as YAMLSeq, depth + 1)
  }

  function follow(node: { source: string }, depth: number): Built {
    const built = anchors.get(node.source)
    if (!built || built === 'open') {
      const why = built ? 'stands inside what it repeats' : 'names nothing that stands before it'
      const where = place(node)
      throw new DescriptionError(
        'not_parsable',
        `The alias ${quote(`*${node.source}`)} at ${at(where)} ${why}.`,
        where,
      )
    }
    count(built.nodes, node)
    if (depth + built.height > limits.depth) throw beyondLimit('too_deep', place(node))
    return built
  }

  function buildSequence(node: YAMLSeq, depth: number): Built {
    const whole = { value: [] as unknown[], nodes: 1, height: 1 }
    for (const item of node.items) {
      // In a flow sequence, `[a: b]` is short for `[{a: b}]`.
      const built = isPair(item)
        ? buildMap({ items: [item] } as YAMLMap, depth + 1)
        : build(item, depth)
      whole.value.push(built.value)
      whole.nodes += built.nodes
      whole.height = Math.max(whole.height, built.height + 1)
    }
    return whole
  }

  function buildMap(node: YAMLMap, depth: number): Built {
    const value: Record<string, unknown> = {}
    const whole = { value, nodes: 1, height: 1 }
    if (node.items.length > limits.keysPerObject) throw beyondLimit('too_many_keys', place(node))
    let merged: Built | undefined
    for (const pair of node.items) {
      if (isMerge(pair)) {
        if (merged) throw duplicate('<<', pair.key)
        merged = build(pair.value, depth)
      } else {
        const key = keyOf(pair.key)
        if (Object.hasOwn(value, key)) throw duplicate(key, pair.key)
        const built = build(pair.value, depth)
        define(value, key, built.value)
        whole.nodes += built.nodes
        whole.height = Math.max(whole.height, built.height + 1)
      }
    }
    if (merged) {
      whole.nodes += merged.nodes
      whole.height = Math.max(whole.height, merged.height)
      mergeInto(value, merged.value, node)
    }
    return whole
  }

  function mergeInto(value: Record<string, unknown>, source: unknown, node: YAMLMap): void {
    for (const one of Array.isArray(source) ? (source as unknown[]) : [source]) {
      if (typeof one !== 'object' || one === null || Array.isArray(one)) {
        const where = place(node)
        throw new DescriptionError(
          'not_parsable',
          `The merge key << of the mapping at ${at(where)} merges no mapping.`,
          where,
        )
      }
      for (const [key, inherited] of Object.entries(one)) {
        if (!Object.hasOwn(value, key)) define(value, key, inherited)
      }
    }
    if (Object.keys(value).length > limits.keysPerObject)
      throw beyondLimit('too_many_keys', place(node))
  }

  function keyOf(node: unknown): string {
    const key = isAlias(node) ? follow(node, 0).value : isScalar(node) ? node.value : node
    if (isScalar(node) && node.anchor !== undefined)
      anchors.set(node.anchor, { value: key, nodes: 1, height: 0 })
    switch (typeof key) {
      case 'string':
        return key
      case 'number':
      case 'boolean':
        return String(key)
    }
    if (key === null || key === undefined) return ''
    const where = place(node)
    throw new DescriptionError(
      'not_parsable',
      `The key at ${at(where)} is not a text but a collection.`,
      where,
    )
  }

  function duplicate(key: string, node: unknown): DescriptionError {
    const where = place(node)
    return new DescriptionError(
      'duplicate_key',
      `The key ${quote(key)} at ${at(where)} stands there for the second time.`,
      where,
    )
  }

  return build(document.contents, 0).value
}

function isMerge({ key }: Pair): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN'
}

/** Sets a key as JSON.parse does: one that is called `__proto__` is a key like others. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value
  else
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
}
