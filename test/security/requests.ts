import { password } from '../support/service.ts'
import { credentialOf, type Entered } from './callers.ts'
import type { Parameters } from './objects.ts'
import { bytesOf, type Rows } from './rows.ts'

/** What is sent besides the path; all of it is good, so that only the right to it decides. */
export interface Sent {
  query?: string
  headers?: Record<string, string>
  body?: unknown
}

export interface Given extends Entered {
  rows: Rows
  parameters: Parameters
  /** A whole export, for a merge that changes nothing. */
  exported: string
}

const json = { 'content-type': 'application/json' }

/** By route: those that take a body, or a query by which they tell more. */
export const requests: Record<string, (given: Given) => Sent> = {
  'GET /api/announcements': () => ({ query: '?limit=100' }),
  'GET /api/specs': () => ({ query: '?limit=100' }),
  'GET /api/users': () => ({ query: '?limit=100' }),
  'GET /api/invites': () => ({ query: '?limit=100' }),
  'GET /api/audit': () => ({ query: '?limit=100' }),
  'POST /api/auth/login': ({ rows }) => ({
    body: { username: rows.user('member').username, password },
  }),
  'POST /api/auth/register': ({ rows }) => ({
    body: { username: `came-${rows.next()}`, password },
  }),
  'POST /api/auth/reset': ({ rows }) => {
    const { token, ...credential } = credentialOf('reset')
    rows.add('resets', { ...credential, userId: rows.user('member').id })
    return { body: { token, password } }
  },
  'PATCH /api/me': () => ({ body: { email: null } }),
  'POST /api/me/password': () => ({ body: { current: password, new: `${password} 2` } }),
  'POST /api/tokens': () => ({ body: { name: 'A program', scopes: ['specs:read'] } }),
  'POST /api/invites': () => ({ body: { role: 'member' } }),
  'PATCH /api/users/:id': () => ({ body: { email: null } }),
  'POST /api/users': ({ rows }) => ({ body: { username: `made-${rows.next()}`, password } }),
  'POST /api/announcements': () => ({ body: { title: 'News', body: '' } }),
  'PATCH /api/announcements/:id': () => ({ body: { pinned: true } }),
  'POST /api/specs': ({ rows }) => ({
    query: `?slug=made-${rows.next()}`,
    headers: json,
    body: Buffer.from(bytesOf('made')),
  }),
  'PATCH /api/specs/:slug': () => ({ body: { summary: 'Changed' } }),
  'POST /api/specs/:slug/versions': () => ({
    query: '?version=2.0.0',
    headers: json,
    body: Buffer.from(bytesOf('a further version')),
  }),
  'PATCH /api/specs/:slug/versions/:version': () => ({ body: { state: 'published' } }),
  'POST /api/specs/import': ({ rows }) => ({
    body: [
      { slug: `imported-${rows.next()}`, content: Buffer.from(bytesOf('imported')).toString() },
    ],
  }),
  'POST /api/import': ({ exported }) => ({
    query: '?mode=merge&dryRun=true',
    headers: json,
    body: exported,
  }),
}

/** Nothing else is asked while one of these is answered, and the service is thawed after each. */
export const alone = new Set([
  'POST /api/ops/freeze',
  'POST /api/ops/thaw',
  'GET /api/export',
  'POST /api/import',
  'POST /api/ops/run/:job',
])
