import type { RouteOptions } from 'fastify'

interface Described {
  hide?: boolean
  security?: unknown[]
  body?: unknown
  querystring?: unknown
  params?: unknown
  headers?: { type?: string; properties?: object }
  response?: Record<string, unknown>
}

/** What every route of a kind can answer besides its own: said once, from what the route declares. */
export function describeRoute(route: RouteOptions): void {
  const schema = route.schema as Described | undefined
  if (!schema || schema.hide) return
  const access = route.config?.access
  const changes = ['POST', 'PATCH', 'PUT', 'DELETE'].includes(String(route.method))
  const problems: [number, string, boolean][] = [
    [400, 'The shape of the request is wrong', true],
    [401, 'No token, or one that is not valid', Boolean(access && access.who !== 'public')],
    [403, 'A known caller without the right', Boolean(access && rights.has(access.who))],
    [413, 'The body is too large', schema.body !== undefined],
    [415, 'A media type that this route does not take', schema.body !== undefined],
    [422, 'The Idempotency-Key was used for another request', changes],
    [429, tooMany, route.config?.limit !== false],
    [503, 'Not ready, frozen, busy, or the database is away', !route.config?.offline],
    [507, 'The storage is full', changes],
  ]
  schema.security ??= access && access.who !== 'public' ? [{ token: [] }] : []
  if (access?.who === 'guest') schema.security = [{}, { token: [] }]
  const headers = {
    ...(changes && idempotencyKey),
    ...(statuses(schema).includes('412') &&
      !('x-confirm-replace' in properties(schema)) &&
      ifMatch),
    ...(statuses(schema).includes('304') && ifNoneMatch),
    ...properties(schema),
  }
  if (Object.keys(headers).length > 0) schema.headers = { type: 'object', properties: headers }
  schema.response ??= {}
  for (const [status, description, applies] of problems) {
    if (applies) schema.response[status] ??= problem(description)
  }
}

/** An answer with a problem, to be declared by a route for a status of its own. */
export function problem(description: string) {
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
  }
}

const tooMany =
  'Too many requests in a minute, of a user or of an address without one; `Retry-After` says when to come again. ' +
  'Each instance counts for itself'

const rights = new Set(['editor', 'admin'])

const idempotencyKey = {
  'idempotency-key': {
    type: 'string',
    description: 'the same key and request give the first answer again, for 24 hours',
  },
}

const ifMatch = {
  'if-match': {
    type: 'string',
    description: 'the ETag of what is meant; 412 when it is another by now',
  },
}

const ifNoneMatch = {
  'if-none-match': { type: 'string', description: 'the ETag of what is there already; 304 then' },
}

function statuses({ response }: Described): string[] {
  return Object.keys(response ?? {})
}

function properties({ headers }: Described): object {
  return headers?.properties ?? {}
}
