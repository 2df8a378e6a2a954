interface Schema {
  type?: string | string[]
  enum?: unknown[]
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minProperties?: number
  format?: string
  default?: unknown
  $ref?: string
}

interface Definition {
  summary?: string
  tags?: string[]
  security?: Record<string, unknown>[]
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { description?: string; content?: unknown }>
}

export interface Operation {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  path: string
  definition: Definition
}

export interface ForbiddenRequest {
  why: string
  method: Operation['method']
  url: string
  body?: unknown
  headers?: Record<string, string>
  anonymous?: boolean
}

export function operationsOf(document: object): Operation[] {
  const { paths } = document as { paths: Record<string, Record<string, Definition>> }
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, definition]) => ({
      method: method.toUpperCase() as Operation['method'],
      path,
      definition,
    })),
  )
}

/** Requests that the description rules out, one wrong thing at a time. */
export function* forbiddenRequests(
  operation: Operation,
  document: object,
): Generator<ForbiddenRequest> {
  const { method, definition } = operation
  const url = operation.path.replaceAll(/\{[^}]+\}/g, '019aa0c4-6f1e-7c3a-9d43-0f6c6a1f2b3c')
  const schema = bodySchema(definition, document)
  const good = schema && exampleOf(schema)
  const base = { method, url, ...(good !== undefined && { body: good }) }

  yield* withoutRight(definition, base)
  yield* wrongQueries(definition, base)
  if (!schema) return
  yield { ...base, why: 'no body', body: undefined }
  yield { ...base, why: 'not JSON', body: '{', headers: { 'content-type': 'application/json' } }
  yield { ...base, why: 'another media type', body: 'x', headers: { 'content-type': 'text/plain' } }
  for (const { why, value } of wrongValues(schema))
    yield { ...base, why: `body ${why}`, body: json(value), headers: jsonType }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    for (const { why, value } of wrongValues(property)) {
      const body = json({ ...(good as object), [name]: value })
      yield { ...base, why: `${name} ${why}`, body, headers: jsonType }
    }
  }
  for (const name of schema.required ?? []) {
    const { [name]: _left, ...rest } = good as Record<string, unknown>
    yield { ...base, why: `${name} missing`, body: rest }
  }
  if (schema.additionalProperties === false) {
    yield { ...base, why: 'an unknown field', body: { ...(good as object), unknown: 1 } }
  }
}

const jsonType = { 'content-type': 'application/json' }
const json = (value: unknown) => JSON.stringify(value)

function* withoutRight(definition: Definition, base: Omit<ForbiddenRequest, 'why'>) {
  const security = definition.security ?? []
  if (!security.some((one) => 'token' in one)) return
  const bad = { authorization: `Bearer hf_${'A'.repeat(43)}` }
  yield { ...base, why: 'a bad token', anonymous: true, headers: bad }
  yield { ...base, why: 'nonsense for a token', anonymous: true, headers: { authorization: 'x' } }
  if (!security.some((one) => Object.keys(one).length === 0)) {
    yield { ...base, why: 'no token', anonymous: true }
  }
}

function* wrongQueries(definition: Definition, base: Omit<ForbiddenRequest, 'why'>) {
  const queries = (definition.parameters ?? []).filter((one) => one.in === 'query')
  if (queries.length === 0) return
  const ask = (query: string, why: string) => ({ ...base, url: `${base.url}?${query}`, why })
  yield ask('unknown=1', 'an unknown query key')
  for (const { name, schema } of queries) {
    yield ask(`${name}=%00`, 'NUL')
    if (schema.type === 'string' && !schema.enum) continue
    const one = String(schema.default ?? schema.enum?.[0])
    yield ask(`${name}=${one}&${name}=${one}`, 'a repeated key')
    for (const { why, value } of wrongValues(schema)) {
      if (typeof value === 'object' || value === undefined) continue
      if (schema.type === 'boolean' && typeof value === 'number') continue
      yield ask(`${name}=${encodeURIComponent(`${value as string | number | boolean}`)}`, why)
    }
  }
}

function bodySchema(definition: Definition, document: object): Schema | undefined {
  const schema = definition.requestBody?.content['application/json']?.schema
  if (!schema?.$ref) return schema?.properties ? schema : undefined
  const name = schema.$ref.split('/').at(-1) ?? ''
  return (document as { components: { schemas: Record<string, Schema> } }).components.schemas[name]
}

/** A value that the schema allows. */
function exampleOf(schema: Schema): unknown {
  if (schema.enum) return schema.enum[0]
  const [type] = [schema.type].flat()
  if (type === 'object') {
    const entries = Object.entries(schema.properties ?? {})
    const wanted = entries.filter(([name]) => schema.required?.includes(name))
    const chosen = wanted.length > 0 ? wanted : entries.slice(0, 1)
    return Object.fromEntries(chosen.map(([name, property]) => [name, exampleOf(property)]))
  }
  if (type === 'string')
    return schema.format === 'date-time'
      ? '2026-11-20T10:03:21.123Z'
      : 'x'.repeat(Math.max(schema.minLength ?? 1, 12))
  if (type === 'boolean') return true
  return schema.minimum ?? 1
}

/** Values that the schema rules out. */
function* wrongValues(schema: Schema): Generator<{ why: string; value: unknown }> {
  const types = new Set([schema.type].flat())
  const text = types.has('string')
  if (!text) yield { why: 'a text', value: 'nonsense' }
  if (!types.has('number') && !types.has('integer')) {
    yield { why: 'a number', value: -7.5 }
  }
  if (!types.has('boolean')) yield { why: 'a boolean', value: schema.enum ? 'true' : true }
  if (!types.has('null')) yield { why: 'null', value: null }
  if (!types.has('array')) yield { why: 'an array', value: [] }
  if (!types.has('object')) yield { why: 'an object', value: {} }
  if (schema.enum) yield { why: 'none of the list', value: 'nonsense' }
  if (text) yield { why: 'with NUL', value: 'a\0b' }
  if (text) yield { why: 'a lone surrogate', value: 'a\ud800' }
  if (text && schema.format !== undefined) yield { why: 'of another format', value: 'nonsense' }
  if (schema.minLength) yield { why: 'too short', value: '' }
  if (schema.maxLength !== undefined)
    yield { why: 'too long', value: 'x'.repeat(schema.maxLength + 1) }
  if (schema.minimum !== undefined) yield { why: 'too small', value: schema.minimum - 1 }
  if (schema.maximum !== undefined) yield { why: 'too large', value: schema.maximum + 1 }
}
