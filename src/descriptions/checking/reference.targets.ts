import { resolvePointer } from '../pointer.ts'

/** So many schemas may have a base of their own; what is in further ones is looked for in the document. */
const resourceLimit = 100

export interface ReferenceTargets {
  /** Notes the names that an object gives itself. */
  note: (object: Record<string, unknown>) => void
  /** What a reference points to: undefined for nothing, null for a place outside the document. */
  find: (reference: string) => unknown
}

/** Where references of a document can lead: to pointers, to anchors, and to schemas that have an `$id`. */
export function createReferenceTargets(root: object): ReferenceTargets {
  const resources = [root]
  const named = new Map<string, object>()

  return {
    note(object) {
      const { $id, $self, $anchor, $dynamicAnchor } = object
      for (const anchor of [$anchor, $dynamicAnchor])
        if (typeof anchor === 'string') named.set(`#${anchor}`, object)
      for (const id of [$id, $self]) {
        if (typeof id !== 'string') continue
        named.set(id, object)
        if (!id.startsWith('#') && resources.length < resourceLimit) resources.push(object)
      }
    },

    find(reference) {
      if (reference === '#') return root
      const name = named.get(reference)
      if (name) return name
      const hash = reference.indexOf('#')
      if (hash !== 0) return named.get(hash === -1 ? reference : reference.slice(0, hash)) ?? null
      const pointer = decodePercent(reference.slice(1))
      if (pointer === undefined) return undefined
      for (const resource of resources) {
        const value = resolvePointer(resource, pointer)
        // A pointer may lead to null, which is something.
        if (value !== undefined) return value ?? resource
      }
      return undefined
    },
  }
}

function decodePercent(text: string): string | undefined {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
