import type { Format } from '../description.ts'
import type { Path } from '../pointer.ts'

/**
 * How the keys of an object are to be read: as keywords of the format, as names that the author chose, or not at all, as
 * in an example.
 */
type Role = 'keywords' | 'names' | 'examples' | 'example' | 'literal'

const names: [string, Role][] = [
  'properties',
  'patternProperties',
  'dependentSchemas',
  'dependencies',
  'definitions',
  '$defs',
  'schemas',
  'responses',
  'parameters',
  'requestBodies',
  'securitySchemes',
  'securityDefinitions',
  'links',
  'callbacks',
  'pathItems',
  'mediaTypes',
  'paths',
  'webhooks',
  'content',
  'encoding',
  'variables',
  'channels',
  'topics',
  'messages',
  'servers',
  'serverVariables',
  'operations',
  'operationTraits',
  'messageTraits',
  'replies',
  'replyAddresses',
  'correlationIds',
  'externalDocs',
  'additionalOperations',
].map((key) => [key, 'names'])

const literals: [string, Role][] = ['example', 'enum', 'const', 'default'].map((key) => [
  key,
  'literal',
])

const openapi = new Map<string, Role>([
  ...names,
  ...literals,
  ['headers', 'names'],
  ['examples', 'examples'],
])
const swagger = new Map<string, Role>([...openapi, ['examples', 'literal']])
const asyncapi = new Map<string, Role>([...names, ...literals, ['examples', 'literal']])

function keywordsOf(format: Format): Map<string, Role> {
  if (format.startsWith('asyncapi')) return asyncapi
  return format.startsWith('swagger') ? swagger : openapi
}

/** Meets an object whose keys are keywords. The path is that of the walk, and changes under way. */
export type Visit = (object: Record<string, unknown>, path: Path) => void

/**
 * Goes through a document in its order, and shows every object that the format gives a meaning. Gives the number of all
 * members. Recursive: the depth of the document was held against the limits before.
 */
export function walk(root: object, format: Format, visit: Visit): number {
  const keywords = keywordsOf(format)
  const path: (string | number)[] = []
  let members = 0

  function go(value: object, role: Role): void {
    if (Array.isArray(value)) {
      const inner = role === 'names' ? 'keywords' : role === 'examples' ? 'literal' : role
      for (let index = 0; index < value.length; index++) {
        const item: unknown = value[index]
        if (typeof item === 'object' && item !== null) enter(item, index, inner)
      }
      return
    }
    const object = value as Record<string, unknown>
    if (role === 'keywords' || role === 'example') visit(object, path)
    for (const key in object) {
      members++
      const item = object[key]
      if (typeof item === 'object' && item !== null) enter(item, key, roleOf(key, role))
    }
  }

  function enter(value: object, key: string | number, role: Role): void {
    path.push(key)
    go(value, role)
    path.pop()
  }

  function roleOf(key: string, role: Role): Role {
    switch (role) {
      case 'names':
        return 'keywords'
      case 'examples':
        return 'example'
      case 'keywords':
        return key.startsWith('x-') ? 'literal' : (keywords.get(key) ?? 'keywords')
      default:
        return 'literal'
    }
  }

  go(root, 'keywords')
  return members
}
