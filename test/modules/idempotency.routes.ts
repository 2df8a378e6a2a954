import { randomUUID } from 'node:crypto'
import { newUser } from '../../src/modules/users/new-user.ts'
import { password, type CallOptions, type Service } from '../support/service.ts'

/** A request that changes something, and another one that is not it. */
export interface Request extends CallOptions {
  url: string
  status: number
  /** What another request of this kind has otherwise. */
  other: CallOptions & { url?: string }
}

export interface Mutation {
  /** Makes what the request is about; `as` is an administrator's session, of nobody else's. */
  arrange: (service: Service, as: string) => Promise<Request> | Request
  /** What a request may get that comes while the first is going on, besides the first answer. */
  meanwhile?: number[]
  /** Nobody in particular asks. */
  guests?: true
  /** The session that would repeat it is gone: 401. */
  endsItself?: true
}

const unique = () => randomUUID().slice(0, 13)
const unusual = (word = unique()) => `a ${word} that nobody guesses`

export const document = (title: string, version = '1.0.0') => ({
  openapi: '3.1.0',
  info: { title, version },
  paths: { [`/${unique()}`]: { get: { responses: {} } } },
})

/** By method and pattern. Each route of the service that changes something stands here: who adds one adds it. */
export const mutations: Record<string, Mutation> = {
  'POST /api/announcements': {
    arrange: (_, as) => ({
      url: '/api/announcements',
      as,
      status: 201,
      body: { title: unique(), body: '' },
      other: { body: { title: 'another', body: '' } },
    }),
  },
  'PATCH /api/announcements/:id': {
    arrange: async (service, as) => ({
      url: await announcement(service, as),
      as,
      status: 200,
      body: { title: 'changed' },
      other: { body: { title: 'another' } },
    }),
  },
  'DELETE /api/announcements/:id': {
    arrange: async (service, as) => ({
      url: await announcement(service, as),
      as,
      status: 204,
      other: { url: await announcement(service, as) },
    }),
  },
  'POST /api/specs': {
    arrange: (_, as) => ({
      url: '/api/specs',
      as,
      status: 201,
      body: document(unique()),
      other: { body: document('another') },
    }),
  },
  'POST /api/specs/import': {
    arrange: (_, as) => ({
      url: '/api/specs/import',
      as,
      status: 200,
      body: [{ content: JSON.stringify(document(unique())) }],
      other: { body: [{ content: JSON.stringify(document('another')) }] },
    }),
  },
  'PATCH /api/specs/:slug': {
    arrange: async (service, as) => ({
      url: await spec(service, as),
      as,
      status: 200,
      // Afterwards there is none of the former name.
      body: { slug: unique() },
      other: { body: { title: 'another' } },
    }),
  },
  'DELETE /api/specs/:slug': {
    arrange: async (service, as) => ({
      url: await spec(service, as),
      as,
      status: 204,
      other: { url: await spec(service, as) },
    }),
  },
  'POST /api/specs/:slug/versions': {
    arrange: async (service, as) => ({
      url: `${await spec(service, as)}/versions`,
      as,
      status: 201,
      body: document('next', '2.0.0'),
      other: { body: document('another', '3.0.0') },
    }),
  },
  'PATCH /api/specs/:slug/versions/:version': {
    arrange: async (service, as) => ({
      url: `${await spec(service, as)}/versions/1.0.0`,
      as,
      status: 200,
      body: { state: 'deprecated' },
      other: { body: { state: 'withdrawn' } },
    }),
  },
  'POST /api/auth/login': {
    guests: true,
    arrange: async (service) => {
      const [username, other] = [await user(service), await user(service)]
      return {
        url: '/api/auth/login',
        status: 200,
        body: { username: username.username, password },
        other: { body: { username: other.username, password } },
      }
    },
  },
  'POST /api/auth/logout': {
    endsItself: true,
    arrange: async (service) => {
      const { username } = await user(service)
      return {
        url: '/api/auth/logout',
        as: await service.login(username),
        status: 204,
        other: { as: await service.login(username) },
      }
    },
  },
  'POST /api/auth/register': {
    guests: true,
    arrange: async ({ call }, as) => {
      const { json } = await call('POST', '/api/invites', { as, body: { role: 'member' } })
      const body = { username: unique(), password: unusual(), invite: json.token }
      return {
        url: '/api/auth/register',
        status: 201,
        body,
        other: { body: { ...body, username: unique() } },
      }
    },
  },
  'POST /api/auth/reset': {
    guests: true,
    arrange: async (service, as) => {
      const { id } = await user(service)
      const { json } = await service.call('POST', `/api/users/${id}/reset`, { as })
      const body = { token: json.token, password: unusual() }
      return {
        url: '/api/auth/reset',
        status: 204,
        body,
        other: { body: { ...body, password: unusual('second') } },
      }
    },
  },
  'PATCH /api/me': {
    arrange: (_, as) => ({
      url: '/api/me',
      as,
      status: 200,
      body: { email: `${unique()}@example.org` },
      other: { body: { email: `${unique()}@example.org` } },
    }),
  },
  'POST /api/me/password': {
    arrange: async (service) => {
      const { username } = await user(service)
      const as = await service.login(username)
      const body = { current: password, new: unusual() }
      return {
        url: '/api/me/password',
        as,
        status: 204,
        body,
        other: { body: { ...body, new: unusual('second') } },
      }
    },
  },
  'DELETE /api/me/sessions/:id': {
    arrange: async (service) => {
      const { username } = await user(service)
      const as = await service.login(username)
      await service.login(username)
      await service.login(username)
      const { json } = await service.call('GET', '/api/me/sessions', { as })
      const others = (json.items as { id: string; current: boolean }[])
        .filter(({ current }) => !current)
        .map(({ id }) => `/api/me/sessions/${id}`)
      return { url: others[0]!, as, status: 204, other: { url: others[1]! } }
    },
  },
  'POST /api/tokens': {
    arrange: (_, as) => ({
      url: '/api/tokens',
      as,
      status: 201,
      body: { name: unique(), scopes: ['specs:read'] },
      other: { body: { name: unique(), scopes: ['specs:read'] } },
    }),
  },
  'DELETE /api/tokens/:id': {
    arrange: async (service, as) => ({
      url: await apiToken(service, as),
      as,
      status: 204,
      other: { url: await apiToken(service, as) },
    }),
  },
  'POST /api/invites': {
    arrange: (_, as) => ({
      url: '/api/invites',
      as,
      status: 201,
      body: { role: 'member' },
      other: { body: { role: 'editor' } },
    }),
  },
  'DELETE /api/invites/:id': {
    arrange: async (service, as) => ({
      url: await invite(service, as),
      as,
      status: 204,
      other: { url: await invite(service, as) },
    }),
  },
  'POST /api/users': {
    arrange: (_, as) => ({
      url: '/api/users',
      as,
      status: 201,
      body: { username: unique(), password: unusual(), role: 'member' },
      other: { body: { username: unique(), password: unusual(), role: 'member' } },
    }),
  },
  'PATCH /api/users/:id': {
    arrange: async (service, as) => ({
      url: `/api/users/${(await user(service)).id}`,
      as,
      status: 200,
      body: { role: 'editor' },
      other: { body: { role: 'admin' } },
    }),
  },
  'DELETE /api/users/:id': {
    arrange: async (service, as) => ({
      url: `/api/users/${(await user(service)).id}`,
      as,
      status: 204,
      other: { url: `/api/users/${(await user(service)).id}` },
    }),
  },
  'POST /api/users/:id/reset': {
    arrange: async (service, as) => ({
      url: `/api/users/${(await user(service)).id}/reset`,
      as,
      status: 201,
      other: { url: `/api/users/${(await user(service)).id}/reset` },
    }),
  },
  'POST /api/import': {
    // It is alone on everything, and refuses other writes meanwhile.
    meanwhile: [503],
    arrange: async (service, as) => {
      const exported = async () => {
        const url = await announcement(service, as)
        const { text } = await service.call('GET', '/api/export', { as })
        await service.call('DELETE', url, { as })
        return text
      }
      const headers = { 'content-type': 'application/json' }
      return {
        url: '/api/import',
        as,
        status: 200,
        headers,
        body: await exported(),
        other: { body: await exported() },
      }
    },
  },
  'POST /api/ops/freeze': {
    meanwhile: [503],
    arrange: (_, as) => ({
      url: '/api/ops/freeze',
      as,
      status: 200,
      other: { url: '/api/ops/thaw' },
    }),
  },
  'POST /api/ops/thaw': {
    arrange: (_, as) => ({
      url: '/api/ops/thaw',
      as,
      status: 200,
      other: { url: '/api/ops/freeze' },
    }),
  },
  'POST /api/ops/run/:job': {
    // It is not run twice at once, whoever asks.
    meanwhile: [409],
    arrange: (_, as) => ({
      url: '/api/ops/run/retention',
      as,
      status: 200,
      other: { url: '/api/ops/freeze' },
    }),
  },
}

async function announcement({ call }: Service, as: string): Promise<string> {
  const body = { title: unique(), body: '' }
  return `/api/announcements/${(await call('POST', '/api/announcements', { as, body })).json.id}`
}

async function spec({ call }: Service, as: string): Promise<string> {
  const made = await call('POST', '/api/specs', { as, body: document(unique()) })
  return `/api/specs/${made.json.slug}`
}

async function apiToken({ call }: Service, as: string): Promise<string> {
  const body = { name: unique(), scopes: ['specs:read'] }
  return `/api/tokens/${(await call('POST', '/api/tokens', { as, body })).json.id}`
}

async function invite({ call }: Service, as: string): Promise<string> {
  const body = { role: 'member' }
  return `/api/invites/${(await call('POST', '/api/invites', { as, body })).json.id}`
}

async function user({ app }: Service): Promise<{ id: string; username: string }> {
  const row = await newUser({ username: unique(), password, role: 'member' })
  await app.storage.unitOfWork({}, (tx) => tx.users.create(row))
  return row
}
