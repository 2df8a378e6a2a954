import { clean, cleanText } from './clean.ts'
import { type Format, longest, type Operation } from './description.ts'
import { beyondLimit, limits } from './limits.ts'
import { child, resolvePointer } from './pointer.ts'

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'])
const methodsOf32 = new Set([...methods, 'query'])

/** The operations of a description, in its order. Raises `DescriptionError` (`too_many_operations`). */
export function operationsOf(root: object, format: Format): Operation[] {
  const operations: Operation[] = []
  const found = format.startsWith('asyncapi-3')
    ? asyncOperations(root)
    : format.startsWith('asyncapi')
      ? channelOperations(root)
      : pathOperations(root, format === 'openapi-3.2')
  for (const operation of found) {
    if (operations.length >= limits.operations) throw beyondLimit('too_many_operations')
    operations.push(operation)
  }
  return operations
}

function* pathOperations(root: object, is32: boolean): Generator<Operation> {
  const known = is32 ? methodsOf32 : methods
  for (const [path, item] of entries(child(root, 'paths'))) {
    for (const [method, operation] of entries(item)) {
      if (known.has(method)) yield describe({ method, path, operation })
    }
    if (!is32) continue
    for (const [method, operation] of entries(child(item, 'additionalOperations'))) {
      yield describe({ method: method.toLowerCase(), path, operation })
    }
  }
}

function* channelOperations(root: object): Generator<Operation> {
  for (const [path, channel] of entries(child(root, 'channels'))) {
    for (const [method, operation] of entries(channel)) {
      if (method === 'publish' || method === 'subscribe')
        yield describe({ method, path, operation })
    }
  }
}

/** AsyncAPI 3 names its operations, and lets them refer to their channel. */
function* asyncOperations(root: object): Generator<Operation> {
  for (const [name, entry] of entries(child(root, 'operations'))) {
    const operation = follow(root, entry)
    const method = child(operation, 'action')
    yield describe({
      method: typeof method === 'string' ? method : '',
      path: channelOf(root, child(operation, 'channel')),
      operation,
      operationId: name,
    })
  }
}

function channelOf(root: object, channel: unknown): string {
  const address = child(follow(root, channel), 'address')
  if (typeof address === 'string') return address
  const reference = child(channel, '$ref')
  return typeof reference === 'string' ? (reference.split('/').at(-1) ?? '') : ''
}

/** What a reference points to within the document, one step of it. */
function follow(root: object, value: unknown): unknown {
  const reference = child(value, '$ref')
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return value
  return resolvePointer(root, reference.slice(1)) ?? value
}

interface Source {
  method: string
  path: string
  operation: unknown
  operationId?: string
}

function describe({ method, path, operation, operationId }: Source): Operation {
  const id = operationId ?? child(operation, 'operationId')
  return {
    method: clean(method, 50),
    path: clean(path, longest.text),
    operationId: cleanText(id, longest.text) || null,
    summary: cleanText(child(operation, 'summary'), longest.text) || null,
    tags: tagsOf(child(operation, 'tags')),
    deprecated: child(operation, 'deprecated') === true,
  }
}

/** Tags are names, or (in AsyncAPI) objects that have one. */
function tagsOf(tags: unknown): string[] {
  if (!Array.isArray(tags)) return []
  const names = tags
    .slice(0, longest.tags)
    .map((tag: unknown) =>
      cleanText(typeof tag === 'string' ? tag : child(tag, 'name'), longest.text),
    )
  return [...new Set(names)].filter((name) => name !== '')
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : []
}
