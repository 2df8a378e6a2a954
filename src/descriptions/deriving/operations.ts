import { clean, cleanText } from './clean.ts'
import { type Format, longest, type Operation } from '../description.ts'
import { entriesOf } from '../entries.ts'
import { follow } from '../checking/follow.ts'
import { beyondLimit, limits } from '../limits.ts'
import { child } from '../pointer.ts'

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'])

/** Whether a key of a path is an operation. */
export function isMethod(key: string, format: Format): boolean {
  return methods.has(key) || (key === 'query' && format === 'openapi-3.2')
}

/** The operations of a description, in its order. Raises `DescriptionError`: `too_many_operations`, `too_complex`. */
export function operationsOf(root: object, format: Format): Operation[] {
  const operations: Operation[] = []
  let texts = 0
  const found = format.startsWith('asyncapi-3')
    ? asyncOperations(root)
    : format.startsWith('asyncapi')
      ? channelOperations(root)
      : pathOperations(root, format)
  for (const operation of found) {
    if (operations.length >= limits.operations) throw beyondLimit('too_many_operations')
    texts += lengthOf(operation)
    if (texts > limits.operationTexts) throw beyondLimit('too_complex')
    operations.push(operation)
  }
  return operations
}

function lengthOf({ method, path, operationId, summary, tags }: Operation): number {
  const ofTags = tags.reduce((length, tag) => length + tag.length, 0)
  return method.length + path.length + (operationId ?? '').length + (summary ?? '').length + ofTags
}

function* pathOperations(root: object, format: Format): Generator<Operation> {
  for (const [path, item] of entriesOf(child(root, 'paths'))) {
    for (const [method, operation] of entriesOf(item)) {
      if (isMethod(method, format)) yield describe({ method, path, operation })
    }
    if (format !== 'openapi-3.2') continue
    for (const [method, operation] of entriesOf(child(item, 'additionalOperations'))) {
      yield describe({ method: method.toLowerCase(), path, operation })
    }
  }
}

function* channelOperations(root: object): Generator<Operation> {
  for (const [path, channel] of entriesOf(child(root, 'channels'))) {
    for (const [method, operation] of entriesOf(channel)) {
      if (method === 'publish' || method === 'subscribe')
        yield describe({ method, path, operation })
    }
  }
}

/** AsyncAPI 3 names its operations, and lets them refer to their channel. */
function* asyncOperations(root: object): Generator<Operation> {
  for (const [name, entry] of entriesOf(child(root, 'operations'))) {
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
