import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../support/databases.ts'
import { password, startInstance, startService, type Service } from '../support/service.ts'

type Call = Service['call']

/** Somebody with a session and an API token, both of which were good on the other instance a moment ago. */
interface Holder {
  userId: string
  session: string
  sessionId: string
  token: string
  tokenId: string
  admin: string
}

/** What ends access, done on one instance; and which of the two credentials is dead on the next request of another. */
interface End {
  what: string
  ends: ('session' | 'token')[]
  do: (call: Call, holder: Holder, service: Service) => Promise<unknown>
}

const past = '2020-01-01T00:00:00.000Z'
const both: End['ends'] = ['session', 'token']

const ends: End[] = [
  {
    what: 'logging out',
    ends: ['session'],
    do: (call, { session }) => call('POST', '/api/auth/logout', { as: session }),
  },
  {
    what: 'ending a session by its id',
    ends: ['session'],
    do: async (call, { session, sessionId }) => {
      const other = await call('POST', '/api/auth/login', {
        body: { username: (await call('GET', '/api/me', { as: session })).json.username, password },
      })
      return call('DELETE', `/api/me/sessions/${sessionId}`, { as: other.json.token })
    },
  },
  {
    what: 'a new password, set in another session',
    ends: ['session'],
    do: async (call, { session }) => {
      const { json } = await call('GET', '/api/me', { as: session })
      const other = await call('POST', '/api/auth/login', {
        body: { username: json.username, password },
      })
      const body = { current: password, new: `${password} and new` }
      return call('POST', '/api/me/password', { as: other.json.token, body })
    },
  },
  {
    what: 'a reset that the administrator gives',
    ends: ['session'],
    do: (call, { userId, admin }) => call('POST', `/api/users/${userId}/reset`, { as: admin }),
  },
  {
    what: 'revoking the API token',
    ends: ['token'],
    do: (call, { session, tokenId }) => call('DELETE', `/api/tokens/${tokenId}`, { as: session }),
  },
  {
    what: 'disabling the user',
    ends: both,
    do: (call, { userId, admin }) =>
      call('PATCH', `/api/users/${userId}`, { as: admin, body: { status: 'disabled' } }),
  },
  {
    what: 'deleting the user',
    ends: both,
    do: (call, { userId, admin }) => call('DELETE', `/api/users/${userId}`, { as: admin }),
  },
  {
    what: 'the time of the session',
    ends: ['session'],
    do: (_call, { sessionId }, { app }) =>
      app.database.unitOfWork({}, async (tx) => {
        const { sessions } = app.database.tables
        await tx.update(sessions).set({ expiresAt: past }).where(eq(sessions.id, sessionId))
      }),
  },
  {
    what: 'a day without use of the session',
    ends: ['session'],
    do: (_call, { sessionId }, { app }) =>
      app.database.unitOfWork({}, async (tx) => {
        const { sessions } = app.database.tables
        await tx.update(sessions).set({ usedAt: past }).where(eq(sessions.id, sessionId))
      }),
  },
  {
    what: 'the time of the API token',
    ends: ['token'],
    do: (_call, { tokenId }, { app }) =>
      app.database.unitOfWork({}, async (tx) => {
        const { apiTokens } = app.database.tables
        await tx.update(apiTokens).set({ expiresAt: past }).where(eq(apiTokens.id, tokenId))
      }),
  },
]

describe.each(databases)('two instances on $engine', ({ create }) => {
  let one: Service
  let other: Call
  let admin: string

  beforeAll(async () => {
    one = await startService(create)
    other = (await startInstance(one.url)).call
    admin = await one.login()
  })

  async function holder(): Promise<Holder> {
    const session = await one.tokenOf('member')
    const { json: me } = await one.call('GET', '/api/me', { as: session })
    const { json: sessions } = await one.call('GET', '/api/me/sessions', { as: session })
    const body = { name: 'A program', scopes: ['specs:read'] }
    const { json: made } = await one.call('POST', '/api/tokens', { as: session, body })
    return {
      userId: me.id,
      session,
      sessionId: sessions.items[0].id,
      token: made.token,
      tokenId: made.id,
      admin,
    }
  }

  it.each(ends)(
    '$what ends what it ends on the next request to the other (security 3.1.2, 3.1.3)',
    async ({ ends: ended, do: end }) => {
      const held = await holder()
      const status = async (which: 'session' | 'token') =>
        (await other('GET', '/api/specs', { as: held[which] })).status
      expect([await status('session'), await status('token')]).toEqual([200, 200])
      const answer = (await end(one.call, held, one)) as { status?: number } | undefined
      expect(answer?.status ?? 204).toBeLessThan(300)
      for (const which of both)
        expect([which, await status(which)]).toEqual([which, ended.includes(which) ? 401 : 200])
    },
  )

  it('a lower role counts on the next request to the other, for sessions and API tokens (security 3.1.2)', async () => {
    const session = await one.tokenOf('admin')
    const { json: me } = await one.call('GET', '/api/me', { as: session })
    const body = { name: 'A program', scopes: ['users:manage'] }
    const { json: made } = await one.call('POST', '/api/tokens', { as: session, body })
    for (const as of [session, made.token])
      expect((await other('GET', '/api/users', { as })).status).toBe(200)
    await one.call('PATCH', `/api/users/${me.id}`, { as: admin, body: { role: 'member' } })
    for (const as of [session, made.token])
      expect((await other('GET', '/api/users', { as })).status).toBe(403)
  })

  it('an invite that was revoked lets nobody in at the other (security 3.6)', async () => {
    const { json } = await one.call('POST', '/api/invites', { as: admin, body: { role: 'member' } })
    expect((await one.call('DELETE', `/api/invites/${json.id}`, { as: admin })).status).toBe(204)
    const body = { username: 'too-late', password, invite: json.token }
    expect((await other('POST', '/api/auth/register', { body })).status).toBe(410)
  })

  it('a reset is over at the other once there is a newer one (security 3.6)', async () => {
    const { userId } = await holder()
    const reset = async () =>
      (await one.call('POST', `/api/users/${userId}/reset`, { as: admin })).json.token
    const [first, second] = [await reset(), await reset()]
    const use = async (token: string) =>
      (await other('POST', '/api/auth/reset', { body: { token, password: `${password} 3` } }))
        .status
    expect([await use(first), await use(second), await use(second)]).toEqual([410, 204, 410])
  })
})
