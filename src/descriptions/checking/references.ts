import { circlesOf } from './circles.ts'
import type { Finding, Format } from '../description.ts'
import { beyondLimit, limits } from '../limits.ts'
import { child, pointerOf } from '../pointer.ts'
import { quote } from '../quote.ts'
import { createReferenceTargets } from './reference.targets.ts'
import { walk } from './walk.ts'

type Fate = 'found' | 'external' | 'missing' | 'endless'

export interface References {
  /** Members of all objects of the document. */
  members: number
  /** Those that lead to nothing, or only to each other. */
  broken: Finding[]
  /** Those that lead out of the document. */
  leaving: Finding[]
  /** Schemas that are made of themselves. */
  circular: Finding[]
}

/**
 * Looks where the references of a document lead. Those that leave it are never followed.
 * Raises `DescriptionError` (`too_many_references`).
 */
export function checkReferences(root: object, format: Format): References {
  const targets = createReferenceTargets(root)
  const used = new Set<string>()
  const composed: object[] = []
  let count = 0
  let wellFormed = true
  const members = walk(root, format, (object) => {
    targets.note(object)
    if (Object.hasOwn(object, 'allOf')) composed.push(object)
    if (!Object.hasOwn(object, '$ref')) return
    if (++count > limits.references) throw beyondLimit('too_many_references')
    const { $ref } = object
    if (typeof $ref === 'string') used.add($ref)
    else wellFormed = false
  })

  const fates = new Map<string, Fate>()
  for (const reference of used) settle(reference, fates, targets.find)
  const circles = circlesOf(composed, targets.find)
  const well =
    wellFormed && circles.size === 0 && [...used].every((one) => fates.get(one) === 'found')
  // Where all is well nobody asks for the places, which take a second walk.
  const found = well
    ? { broken: [], leaving: [], circular: [] }
    : findingsOf({ root, format, fates, circles })
  return { members, ...found }
}

/** Finds the fate of a reference, and with it that of all on the way: each is followed once. */
function settle(
  reference: string,
  fates: Map<string, Fate>,
  target: (reference: string) => unknown,
): void {
  const chain = new Set<string>()
  let current = reference
  let end: Fate = 'found'
  for (;;) {
    const known = fates.get(current)
    if (known || chain.has(current)) {
      if (!known || known === 'endless') end = 'endless'
      break
    }
    const value = target(current)
    if (value === undefined || value === null) {
      fates.set(current, value === null ? 'external' : 'missing')
      break
    }
    chain.add(current)
    const next = child(value, '$ref')
    if (typeof next !== 'string') break
    current = next
  }
  for (const one of chain) fates.set(one, end)
}

const sentences: Record<Exclude<Fate, 'found'> | 'no text', (reference: string) => string> = {
  'no text': () => 'A reference must be a text, such as "#/components/schemas/Pet".',
  external: (reference) =>
    `This refers to ${quote(reference)}, which is outside the document and is not fetched.`,
  missing: (reference) => `This refers to ${quote(reference)}, and nothing is there.`,
  endless: (reference) =>
    `This refers to ${quote(reference)}, and from there references lead only to each other, in a circle.`,
}

interface Found {
  root: object
  format: Format
  fates: ReadonlyMap<string, Fate>
  circles: ReadonlySet<object>
}

function findingsOf({ root, format, fates, circles }: Found): Omit<References, 'members'> {
  const findings: Omit<References, 'members'> = { broken: [], leaving: [], circular: [] }
  walk(root, format, (object, path) => {
    if (circles.has(object)) {
      findings.circular.push({
        pointer: pointerOf([...path, 'allOf']),
        message: 'This schema is made of itself: its allOf leads back to it, so it has no end.',
      })
    }
    if (!Object.hasOwn(object, '$ref')) return
    const { $ref } = object
    const fate = typeof $ref === 'string' ? (fates.get($ref) ?? 'found') : 'no text'
    if (fate === 'found') return
    const message = sentences[fate](String($ref))
    const finding = { pointer: pointerOf([...path, '$ref']), message }
    if (fate === 'external') findings.leaving.push(finding)
    else findings.broken.push(finding)
  })
  return findings
}
