import { describe, expect, it } from 'vitest'
import type { RouteOptions } from 'fastify'
import { auditRow } from '../../../src/audit/entry.ts'
import { databases } from '../../support/databases.ts'
import { watchRoutes } from '../../support/declarations.ts'
import { password, startService, type Answer, type Service } from '../../support/service.ts'
import { refuseInserts } from './broken.fixture.ts'

const canary = 'canary'
const any = expect.any(String)

interface Told {
  action: string
  outcome?: string
  actor?: object
  object?: object | null
  details: object
}

interface Step {
  /** The route: method and pattern. */
  route: string
  send: (headers: Record<string, string>) => Promise<Answer>
  /** What the audit log says then, beside the request id and the address. */
  told: (answer: Answer) => Told[]
  /** A repetition comes to nobody: the session is over. */
  once?: true
}

const yaml = (version: string) =>
  `openapi: 3.0.3\ninfo: { title: ${canary}, version: '${version}' }\npaths: {}\n`

/** Every change that the API makes, one after the other. */
async function* stepsOf(service: Service, admin: string): AsyncGenerator<Step> {
  const { call } = service
  type Method = 'POST' | 'PATCH' | 'DELETE'
  let last: Answer
  const seen = new Map<string, Answer['json']>()
  const step = (
    route: string,
    url: string,
    {
      told,
      as = admin,
      body,
      type,
      once,
      keep,
    }: Partial<Omit<Step, 'told'>> & {
      told: (answer: Answer) => Told | Told[]
      as?: string | undefined
      body?: unknown
      type?: string
      keep?: string
    },
  ): Step => ({
    route,
    ...(once && { once }),
    send: async (headers) => {
      const [method] = route.split(' ') as [Method]
      const all = { ...headers, ...(type !== undefined && { 'content-type': type }) }
      last = await call(method, url, { as, body, headers: all })
      if (keep !== undefined) seen.set(keep, last.json)
      return last
    },
    told: (answer) => [told(answer)].flat(),
  })

  // Announcements.
  const announcement = { title: 'Hello', body: canary }
  yield step('POST /api/announcements', '/api/announcements', {
    body: announcement,
    keep: 'announcement',
    told: ({ json }) => ({
      action: 'announcement.create',
      object: { kind: 'announcement', id: json.id, name: 'Hello' },
      details: {},
    }),
  })
  const { id: announcementId } = seen.get('announcement')
  const thatAnnouncement = { kind: 'announcement', id: announcementId, name: 'Hello' }
  yield step('PATCH /api/announcements/:id', `/api/announcements/${announcementId}`, {
    body: { title: 'Hello', body: `other ${canary}`, audience: 'users' },
    told: () => ({
      action: 'announcement.update',
      object: thatAnnouncement,
      details: { fields: 'body, audience', audience: 'everyone → users' },
    }),
  })
  yield step('DELETE /api/announcements/:id', `/api/announcements/${announcementId}`, {
    told: () => ({ action: 'announcement.delete', object: thatAnnouncement, details: {} }),
    once: true,
  })

  // Specs.
  yield step('POST /api/specs', '/api/specs?slug=books', {
    body: yaml('1'),
    type: 'application/yaml',
    keep: 'spec',
    told: ({ json }) => ({
      action: 'spec.create',
      object: { kind: 'spec', id: json.id, name: 'books' },
      details: {},
    }),
  })
  const { id: specId } = seen.get('spec')
  const thatSpec = { kind: 'spec', id: specId, name: 'books' }
  yield step('POST /api/specs/:slug/versions', '/api/specs/books/versions', {
    body: yaml('2'),
    type: 'application/yaml',
    told: () => ({ action: 'version.create', object: thatSpec, details: { version: '2' } }),
  })
  yield step('PATCH /api/specs/:slug/versions/:version', '/api/specs/books/versions/2', {
    body: { state: 'deprecated' },
    told: () => ({
      action: 'version.update',
      object: thatSpec,
      details: { version: '2', from: 'published', to: 'deprecated' },
    }),
  })
  yield step('PATCH /api/specs/:slug', '/api/specs/books', {
    body: { summary: canary, tags: [], visibility: 'private' },
    told: () => ({
      action: 'spec.update',
      object: thatSpec,
      details: { fields: 'summary, visibility', visibility: 'public → private' },
    }),
  })
  yield step('POST /api/specs/import', '/api/specs/import', {
    body: [
      { slug: 'books', content: yaml('3') },
      { slug: 'books', content: yaml('3') },
      { slug: 'loans', content: yaml('1') },
    ],
    told: () => [
      { action: 'spec.import', object: null, details: { items: 3, added: 2 } },
      { action: 'version.create', object: thatSpec, details: { version: '3' } },
      {
        action: 'spec.create',
        object: { kind: 'spec', id: any, name: 'loans' },
        details: { version: '1' },
      },
    ],
  })
  yield step('DELETE /api/specs/:slug', '/api/specs/books', {
    told: () => ({ action: 'spec.delete', object: thatSpec, details: {} }),
  })

  // People.
  const address = `${canary}@example.org`
  yield step('POST /api/users', '/api/users', {
    body: { username: 'ada', password, email: address },
    keep: 'ada',
    told: ({ json }) => ({
      action: 'user.create',
      object: { kind: 'user', id: json.id, name: 'ada' },
      details: { role: 'member' },
    }),
  })
  const { id: adaId } = seen.get('ada')
  const ada = { kind: 'user', id: adaId, name: 'ada' }
  yield step('PATCH /api/users/:id', `/api/users/${adaId}`, {
    body: { role: 'editor', email: null, status: 'active', quotaSpecs: 3 },
    told: () => ({
      action: 'user.update',
      object: ada,
      details: { fields: 'role, email, quotaSpecs', role: 'member → editor' },
    }),
  })
  yield step('POST /api/users/:id/reset', `/api/users/${adaId}/reset`, {
    keep: 'reset',
    told: () => ({ action: 'user.reset', object: ada, details: {} }),
  })
  yield step('POST /api/auth/reset', '/api/auth/reset', {
    as: undefined,
    body: { token: seen.get('reset').token, password: `${password} ${canary}` },
    told: () => ({
      action: 'password.reset',
      actor: { kind: 'guest', id: null },
      object: ada,
      details: {},
    }),
  })
  yield step('POST /api/auth/login', '/api/auth/login', {
    as: undefined,
    body: { username: 'ada', password: `${password} ${canary}` },
    keep: 'login',
    told: () => ({
      action: 'session.create',
      actor: { kind: 'user', id: adaId, name: 'ada', credentialId: any },
      object: null,
      details: {},
    }),
  })
  const { token: adasToken } = seen.get('login')
  const byAda = { kind: 'user', id: adaId, name: 'ada', credentialId: any }
  yield step('PATCH /api/me', '/api/me', {
    as: adasToken,
    body: { email: address },
    told: () => ({
      action: 'user.update_self',
      actor: byAda,
      object: ada,
      details: { fields: 'email' },
    }),
  })
  yield step('POST /api/me/password', '/api/me/password', {
    as: adasToken,
    body: { current: `${password} ${canary}`, new: password },
    told: () => ({
      action: 'password.change',
      actor: byAda,
      object: ada,
      details: { sessionsEnded: 0 },
    }),
  })
  await service.login('ada')
  const sessions = (await call('GET', '/api/me/sessions', { as: adasToken })).json.items
  const { id: sessionId } = sessions.find(({ current }: { current: boolean }) => !current)
  yield step('DELETE /api/me/sessions/:id', `/api/me/sessions/${sessionId}`, {
    as: adasToken,
    told: () => ({
      action: 'session.end',
      actor: byAda,
      object: { kind: 'session', id: sessionId, name: null },
      details: {},
    }),
    once: true,
  })
  yield step('POST /api/tokens', '/api/tokens', {
    as: adasToken,
    body: { name: 'nightly', scopes: ['specs:read', 'specs:write'] },
    keep: 'token',
    told: ({ json }) => ({
      action: 'token.create',
      actor: byAda,
      object: { kind: 'token', id: json.id, name: 'nightly' },
      details: { scopes: 'specs:read specs:write', expiresAt: json.expiresAt },
    }),
  })
  const { id: tokenId, token: apiToken } = seen.get('token')
  yield step('POST /api/specs', '/api/specs?slug=tokens', {
    as: apiToken,
    body: yaml('7'),
    type: 'application/yaml',
    told: () => ({
      action: 'spec.create',
      actor: { kind: 'token', id: adaId, name: 'ada', credentialId: tokenId },
      object: { kind: 'spec', id: any, name: 'tokens' },
      details: {},
    }),
  })
  yield step('DELETE /api/tokens/:id', `/api/tokens/${tokenId}`, {
    as: adasToken,
    told: () => ({
      action: 'token.delete',
      actor: byAda,
      object: { kind: 'token', id: tokenId, name: 'nightly' },
      details: {},
    }),
    once: true,
  })
  yield step('POST /api/invites', '/api/invites', {
    body: { role: 'editor' },
    keep: 'invite',
    told: ({ json }) => ({
      action: 'invite.create',
      object: { kind: 'invite', id: json.id, name: null },
      details: { role: 'editor', bound: false },
    }),
  })
  const invite = seen.get('invite')
  yield step('POST /api/auth/register', '/api/auth/register', {
    as: undefined,
    body: { username: 'grace', password, invite: invite.token },
    keep: 'grace',
    told: ({ json }) => ({
      action: 'user.register',
      actor: { kind: 'guest', id: null },
      object: { kind: 'user', id: json.id, name: 'grace' },
      details: { role: 'editor', invite: invite.id },
    }),
  })
  yield step('POST /api/invites', '/api/invites', {
    body: { role: 'member', email: address },
    keep: 'other invite',
    told: () => ({
      action: 'invite.create',
      object: { kind: 'invite', id: any, name: null },
      details: { role: 'member', bound: true },
    }),
  })
  const { id: otherInvite } = seen.get('other invite')
  yield step('DELETE /api/invites/:id', `/api/invites/${otherInvite}`, {
    told: () => ({
      action: 'invite.revoke',
      object: { kind: 'invite', id: otherInvite, name: null },
      details: {},
    }),
    once: true,
  })
  yield step('POST /api/auth/login', '/api/auth/login', {
    as: undefined,
    body: { username: 'grace', password },
    keep: 'grace’s login',
    told: () => ({
      action: 'session.create',
      actor: { kind: 'user', name: 'grace' },
      object: null,
      details: {},
    }),
  })
  yield step('POST /api/auth/logout', '/api/auth/logout', {
    as: seen.get('grace’s login').token,
    told: () => ({
      action: 'session.end',
      actor: { kind: 'user', name: 'grace' },
      object: null,
      details: {},
    }),
    once: true,
  })
  yield step('DELETE /api/users/:id', `/api/users/${adaId}?specs=delete`, {
    told: () => [
      { action: 'spec.delete', object: { kind: 'spec', id: any, name: 'tokens' }, details: {} },
      {
        action: 'user.delete',
        object: ada,
        details: { specs: 1, fate: 'deleted', announcements: 0 },
      },
    ],
  })

  // The service.
  for (const [verb, action] of [
    ['freeze', 'service.freeze'],
    ['thaw', 'service.thaw'],
  ]) {
    yield step(`POST /api/ops/${verb}`, `/api/ops/${verb}`, {
      told: () => ({ action: action as string, object: null, details: {} }),
      once: true,
    })
  }
  yield step('POST /api/ops/run/:job', '/api/ops/run/retention', {
    told: () => ({
      action: 'job.run',
      object: { kind: 'job', id: 'retention', name: 'retention' },
      details: expect.objectContaining({ outcome: 'done' }),
    }),
  })
}

/** portability.test.ts has it. */
const elsewhere = ['POST /api/import']

describe.each(databases)('the audit log on $engine', ({ create }) => {
  async function entriesOf({ call }: Service, as: string, requestId: string) {
    const { json } = await call('GET', `/api/audit?requestId=${requestId}`, { as })
    return json.items.toReversed()
  }

  it('tells of every change once: of what, by whom, which fields, and no word of what they hold', async () => {
    const routes = new Set<string>()
    const look = ({ method, url, config }: RouteOptions) => {
      if (config?.action === undefined || method === 'GET' || method === 'HEAD') return
      routes.add(`${String(method)} ${url.replace(/\/$/, '')}`)
    }
    const service = await watchRoutes(look, () => startService(create))
    const admin = await service.login()
    const me = (await service.call('GET', '/api/me', { as: admin })).json.id
    const byAdmin = { kind: 'user', id: me, name: 'admin', credentialId: any }
    const tested = new Set(elsewhere)

    let number = 0
    for await (const step of stepsOf(service, admin)) {
      const requestId = `step-${(number += 1)}`
      const headers = { 'x-request-id': requestId, 'idempotency-key': requestId }
      const answer = await step.send(headers)
      expect(answer.status, `${step.route} ${answer.text}`).toBeLessThan(300)
      tested.add(step.route)
      const told = step.told(answer)
      const entries = await entriesOf(service, admin, requestId)
      expect(entries, step.route).toHaveLength(told.length)
      for (const one of told) {
        const { details } = one
        const entry = entries.find(
          (entry: Told & { object: { id: string } | null }) => entry.action === one.action,
        )
        expect(entry, `${step.route} ${one.action}`).toMatchObject({
          outcome: 'done',
          actor: byAdmin,
          address: '127.0.0.1',
          requestId,
          ...one,
        })
        expect(entry.details).toEqual(details)
      }

      if (step.once) continue
      const again = await step.send({ ...headers, 'x-request-id': `${requestId}-again` })
      expect(again.headers['idempotent-replayed'], step.route).toBe('true')
      expect(await entriesOf(service, admin, `${requestId}-again`)).toEqual([])
    }
    expect([...tested].toSorted()).toEqual([...routes].toSorted())
    const everything = await service.call('GET', '/api/audit?limit=1000', { as: admin })
    expect(everything.text).not.toMatch(/canary|hf_|argon2|correct horse/)
  })

  it('tells nothing of a change that failed after it was told', async () => {
    const service = await startService(create)
    const editor = await service.tokenOf('editor')
    const admin = await service.login()
    // The answer is kept after the audit log was told, in the same unit.
    const restore = await refuseInserts(service.url, 'idempotency')
    const publish = () =>
      service.call('POST', '/api/announcements', {
        as: editor,
        headers: { 'x-request-id': 'failed', 'idempotency-key': 'key' },
        body: { title: 'lost', body: '' },
      })
    expect((await publish()).status).toBe(500)
    expect(await entriesOf(service, admin, 'failed')).toEqual([])
    expect((await service.call('GET', '/api/announcements')).json.items).toEqual([])
    await restore()
    expect((await publish()).status).toBe(201)
    expect(await entriesOf(service, admin, 'failed')).toHaveLength(1)
  })

  it('does not change what it cannot tell of', async () => {
    const service = await startService(create)
    const editor = await service.tokenOf('editor')
    const restore = await refuseInserts(service.url, 'audit')
    const body = { title: 'untold', body: '' }
    const answer = await service.call('POST', '/api/announcements', { as: editor, body })
    expect(answer.status).toBe(500)
    await restore()
    expect((await service.call('GET', '/api/announcements')).json.items).toEqual([])
  })

  it('would keep what was told outside of the unit: the control', async () => {
    const { app } = await startService(create)
    const row = auditRow({ action: 'announcement.create', actor: { kind: 'system' } })
    const told = async () =>
      (await app.storage.audit.list({ action: 'announcement.create' }, 10)).rows
    const fail = () => Promise.reject(new Error('after the entry'))
    const within = app.storage.unitOfWork({}, async (tx) => {
      await tx.audit.add(row)
      await fail()
    })
    await expect(within).rejects.toThrow('after the entry')
    expect(await told()).toEqual([])
    await app.storage.unitOfWork({}, (tx) => tx.audit.add(row))
    await expect(app.storage.unitOfWork({}, fail)).rejects.toThrow('after the entry')
    expect(await told()).toEqual([row])
  })
})
