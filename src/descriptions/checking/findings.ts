import { clean } from '../deriving/clean.ts'
import type { Finding } from '../description.ts'
import { limits } from '../limits.ts'
import { child, keysOf } from '../pointer.ts'

/** Findings by what they say of a document: what breaks it stays when there are too many, notes go. */
export interface Findings {
  breaking: readonly Finding[]
  notes: readonly Finding[]
}

/** At most 100 findings in the order of the document, each once; the last says how many were left out. */
export function listFindings(root: unknown, { breaking, notes }: Findings): Finding[] {
  const unique = new Map<string, Finding>()
  for (const { pointer, message } of [...breaking, ...notes]) {
    const finding = { pointer, message: clean(message, 300) }
    const key = `${pointer}\n${finding.message}`
    if (!unique.has(key)) unique.set(key, finding)
  }
  const all = [...unique.values()]
  const left = all.length - limits.findings
  if (left <= 0) return inOrder(root, all)
  const message = `There are ${left + 1} more findings, which are not listed.`
  return [...inOrder(root, all.slice(0, limits.findings - 1)), { pointer: '', message }]
}

function inOrder(root: unknown, findings: Finding[]): Finding[] {
  const places = new Map<object, Map<string, number>>()

  function indexOf(value: object, key: string): number {
    let indexes = places.get(value)
    if (!indexes) {
      indexes = new Map(Object.keys(value).map((name, index) => [name, index]))
      places.set(value, indexes)
    }
    return indexes.get(key) ?? Number.MAX_SAFE_INTEGER
  }

  function placeOf(pointer: string): number[] {
    const place: number[] = []
    let value = root
    for (const key of keysOf(pointer) ?? []) {
      if (typeof value !== 'object' || value === null) break
      place.push(indexOf(value, key))
      value = child(value, key)
    }
    return place
  }

  return findings
    .map((finding) => ({ finding, place: placeOf(finding.pointer) }))
    .sort((a, b) => compare(a.place, b.place))
    .map(({ finding }) => finding)
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, key] of a.entries()) {
    const other = b[index]
    if (other === undefined) return 1
    if (key !== other) return key - other
  }
  return a.length - b.length
}
