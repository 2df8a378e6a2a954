import type { Finding, Format } from './description.ts'
import { beyondLimit, limits } from './limits.ts'
import { child, pointerOf, resolvePointer } from './pointer.ts'
import { quote } from './quote.ts'
import { walk } from './walk.ts'

type Fate = 'found' | 'external' | 'missing' | 'endless'

export interface References {
  /** Members of all objects of the document. */
  members: number
  /** Those that lead to nothing, or only to each other. */
  broken: Finding[]
  /** Those that lead out of the document. */
  leaving: Finding[]
}

/**
 * Looks where the references of a document lead. Those that leave it are never followed.
 * Raises `DescriptionError` (`too_many_references`).
 */
export function checkReferences(root: object, format: Format): References {
  const used = new Set<string>()
  const anchors = new Set<string>()
  const resources: object[] = [root]
  let count = 0
  let numbers = 0
  const members = walk(root, format, (object) => {
    if (Object.hasOwn(object, '$ref')) {
      if (++count > limits.references) throw beyondLimit('too_many_references')
      const { $ref } = object
      if (typeof $ref === 'string') used.add($ref)
      else numbers++
    }
    noteIdentity(object)
  })

  function noteIdentity(object: Record<string, unknown>): void {
    for (const key of identities) {
      const name = object[key]
      if (typeof name !== 'string') continue
      if (key !== '$id' && key !== '$self') anchors.add(`#${name}`)
      else {
        anchors.add(name)
        if (!name.startsWith('#')) resources.push(object)
      }
    }
  }

  const fates = new Map<string, Fate>()
  for (const reference of used) settle(reference, fates, (one) => targetOf(one, resources, anchors))
  // Where all is well nobody asks for the places, which take a second walk.
  const well = numbers === 0 && [...used].every((one) => fates.get(one) === 'found')
  return { members, ...(well ? { broken: [], leaving: [] } : findingsOf(root, format, fates)) }
}

const identities = ['$id', '$anchor', '$dynamicAnchor', '$self'] as const

/** What a reference within the document points to; undefined for nothing, null for a place outside. */
function targetOf(
  reference: string,
  resources: readonly object[],
  anchors: ReadonlySet<string>,
): unknown {
  if (reference === '#' || anchors.has(reference)) return resources[0]
  const hash = reference.indexOf('#')
  if (hash !== 0)
    return anchors.has(hash === -1 ? reference : reference.slice(0, hash)) ? resources[0] : null
  const pointer = decodePercent(reference.slice(1))
  for (const resource of resources) {
    const value = pointer === undefined ? undefined : resolvePointer(resource, pointer)
    if (value !== undefined) return value ?? resource
  }
  return undefined
}

function decodePercent(text: string): string | undefined {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
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

function findingsOf(
  root: object,
  format: Format,
  fates: ReadonlyMap<string, Fate>,
): Omit<References, 'members'> {
  const broken: Finding[] = []
  const leaving: Finding[] = []
  walk(root, format, (object, path) => {
    if (!Object.hasOwn(object, '$ref')) return
    const { $ref } = object
    const fate = typeof $ref === 'string' ? (fates.get($ref) ?? 'found') : 'no text'
    if (fate === 'found') return
    const finding = {
      pointer: pointerOf([...path, '$ref']),
      message: sentences[fate](String($ref)),
    }
    if (fate === 'external') leaving.push(finding)
    else broken.push(finding)
  })
  return { broken, leaving }
}
