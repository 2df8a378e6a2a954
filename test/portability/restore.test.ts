import { beforeAll, describe, expect, it } from 'vitest'
import { hashToken } from '../../src/tokens.ts'
import { createPostgres, createSqlite } from '../support/databases.ts'
import { canaries } from '../support/watch.ts'
import { password, startService, type Answer, type Service } from '../support/service.ts'

const secret = 'the secret key of a service that is moved'
const secretKeys = `k2:${secret},k1:an older secret key of the same service`
const username = 'ada.moves'

const moves = [
  { from: 'sqlite', to: 'postgres', source: createSqlite, target: createPostgres },
  { from: 'postgres', to: 'sqlite', source: createPostgres, target: createSqlite },
]

describe.each(moves)('a service that is moved from $from to $to', ({ source, target }) => {
  let old: Service
  let exported: Answer
  const tokens = { session: '', api: '', scoped: '', invite: '', used: '', reset: '' }

  beforeAll(async () => {
    old = await startService(source, { SECRET_KEYS: secretKeys })
    const { call } = old
    const admin = await old.login()
    tokens.session = await old.tokenOf('editor', username)
    const as = tokens.session
    const issue = async (name: string, scopes: string[]) =>
      (await call('POST', '/api/tokens', { as, body: { name, scopes } })).json.token as string
    tokens.api = await issue('writes', ['announcements:write'])
    tokens.scoped = await issue('reads', ['specs:read'])
    const invite = async () =>
      (await call('POST', '/api/invites', { as: admin, body: { role: 'member' } })).json
        .token as string
    tokens.invite = await invite()
    tokens.used = await invite()
    await register(old, tokens.used, 'bob.moves')
    const { json: users } = await call('GET', '/api/users?q=bob.moves', { as: admin })
    const reset = await call('POST', `/api/users/${users.items[0].id}/reset`, { as: admin })
    tokens.reset = reset.json.token
    exported = await call('GET', '/api/export?include=history', { as: admin })
    expect(exported.status).toBe(200)
    // From now on every answer and every line of the log is looked through for them.
    for (const hash of await hashesIn(old)) canaries.keep('a hash', hash)
  }, 60_000)

  const register = ({ call }: Service, invite: string, name: string) =>
    call('POST', '/api/auth/register', { body: { username: name, password, invite } })

  const announce = ({ call }: Service, as: string) =>
    call('POST', '/api/announcements', { as, body: { title: 'News', body: '' } })

  async function restore(service: Service, query = '?mode=replace&safetyCopy=none') {
    const { json } = await service.call('GET', '/health')
    return service.call('POST', `/api/import${query}`, {
      as: await service.login(),
      body: exported.text,
      headers: { 'content-type': 'application/json', 'x-confirm-replace': json.instanceId },
    })
  }

  it.each(['?mode=replace&safetyCopy=none', '?mode=merge'])(
    'lets people in by their passwords, tokens and invites as before (%s)',
    async (query) => {
      const moved = await startService(target, { SECRET_KEYS: secretKeys })
      const answer = await restore(moved, query)
      expect(answer.status, answer.text).toBe(200)

      // Nobody is logged in, and no reset is open, that was so elsewhere.
      expect((await announce(moved, tokens.session)).status).toBe(401)
      const reset = { token: tokens.reset, password: 'another correct horse battery' }
      expect((await moved.call('POST', '/api/auth/reset', { body: reset })).status).toBe(410)

      const login = await moved.call('POST', '/api/auth/login', { body: { username, password } })
      expect([login.status, login.json.user?.role]).toEqual([200, 'editor'])
      const wrong = { username, password: 'a wrong one of the right length' }
      expect((await moved.call('POST', '/api/auth/login', { body: wrong })).status).toBe(401)

      expect((await announce(moved, tokens.api)).status).toBe(201)
      expect((await announce(moved, tokens.scoped)).status).toBe(403)
      const mine = await moved.call('GET', '/api/tokens', { as: login.json.token })
      expect(mine.json.items.map(({ name }: { name: string }) => name)).toEqual(['writes', 'reads'])

      expect((await register(moved, tokens.used, 'eve.moves')).status).toBe(410)
      expect((await register(moved, tokens.invite, 'carol.moves')).status).toBe(201)
      expect((await register(moved, tokens.invite, 'dave.moves')).status).toBe(410)
    },
    60_000,
  )

  it('says which key it lacks, and applies nothing (D13)', async () => {
    const moved = await startService(target, { SECRET_KEYS: `k9:${secret} of another service` })
    for (const query of ['?mode=replace&safetyCopy=none', '?mode=merge', '?dryRun=true']) {
      const answer = await restore(moved, query)
      expect([answer.status, answer.json.code]).toEqual([422, 'import_unknown_key'])
      expect(answer.json.detail).toContain('k2')
      expect(answer.text).not.toContain(secret)
    }
    const { json } = await moved.call('GET', '/api/users', { as: await moved.login() })
    expect(json.items.map((user: { username: string }) => user.username)).toEqual(['admin'])
  })

  it('has no secret in an export, a header, an error or a log line (security 3.8)', async () => {
    const moved = await startService(target, { SECRET_KEYS: secretKeys })
    const answers = [
      exported,
      await restore(moved),
      await moved.call('POST', '/api/import', {
        as: await moved.login('admin'),
        body: exported.text.replaceAll('sealed:1:k2:', 'sealed:1:k1:'),
        headers: { 'content-type': 'application/json' },
      }),
    ]
    const hashes = await hashesIn(old)
    expect(hashes.length).toBeGreaterThan(8)
    const secrets = [
      secret,
      'an older secret key of the same service',
      password,
      ...Object.values(tokens).flatMap((token) => [token, hashToken(token)]),
      ...hashes,
    ]
    const told = answers.flatMap(({ headers, text }) => [JSON.stringify(headers), text])
    for (const canary of secrets) {
      expect(canary.length).toBeGreaterThan(10)
      expect(told.filter((text) => text.includes(canary))).toEqual([])
    }
  }, 60_000)
})

/** All that is kept of passwords and tokens. */
async function hashesIn({ app }: Service): Promise<string[]> {
  const { db, tables } = app.database
  const { users, apiTokens, invites, sessions, resets } = tables
  const rows = [
    ...(await db.select({ hash: users.passwordHash }).from(users)),
    ...(await db.select({ hash: apiTokens.tokenHash }).from(apiTokens)),
    ...(await db.select({ hash: invites.tokenHash }).from(invites)),
    ...(await db.select({ hash: sessions.tokenHash }).from(sessions)),
    ...(await db.select({ hash: resets.tokenHash }).from(resets)),
  ]
  return rows.flatMap(({ hash }) => hash ?? [])
}
