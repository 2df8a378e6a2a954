import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../support/databases.ts'
import { password, startService, type Service } from '../support/service.ts'

describe.each(databases)('access on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let admin: string

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    admin = await service.login()
  })

  describe('a token', () => {
    it('is one of its own kind alone: no other opens a route, none of these resets a password (security 3.1.4)', async () => {
      const session = await service.tokenOf('admin', 'kinds')
      const { id } = (await call('GET', '/api/me', { as: session })).json
      const made = async (url: string, body?: object) => {
        const answer = await call('POST', url, { as: session, body })
        expect(answer.status, answer.text).toBe(201)
        return answer.json.token as string
      }
      const api = await made('/api/tokens', { name: 't', scopes: ['specs:read'] })
      const invite = await made('/api/invites', { role: 'member' })
      const current = await service.tokenOf('admin')
      const reset = (await call('POST', `/api/users/${id}/reset`, { as: admin })).json.token

      for (const as of [invite, reset]) {
        for (const url of ['/api/me', '/api/announcements', '/api/specs', '/api/export']) {
          const answer = await call('GET', url, { as })
          expect([answer.status, answer.json.code]).toEqual([401, 'unauthorized'])
        }
      }
      const password = 'quite another long phrase'
      for (const token of [current, api, invite, `hf_reset_${api.slice(7)}`]) {
        const answer = await call('POST', '/api/auth/reset', { body: { token, password } })
        expect([answer.status, answer.json.code]).toEqual([410, 'reset_invalid'])
      }
      for (const token of [current, api, reset, `hf_invite_${api.slice(7)}`]) {
        const body = { username: 'newcomer', password, invite: token }
        const answer = await call('POST', '/api/auth/register', { body })
        expect([answer.status, answer.json.code]).toEqual([410, 'invite_invalid'])
      }
    })

    it('of one kind under the prefix of another opens nothing (security 3.1.4)', async () => {
      const session = await service.tokenOf('member')
      const body = { name: 't', scopes: ['specs:read'] }
      const { token } = (await call('POST', '/api/tokens', { as: session, body })).json
      for (const as of [`hf_${token.slice(7)}`, `hf_api_${session.slice(3)}`]) {
        expect((await call('GET', '/api/me', { as })).status).toBe(401)
      }
    })

    it.each([
      ['of the right shape', `hf_${'A'.repeat(43)}`],
      ['of an API token’s shape', `hf_api_${'A'.repeat(43)}`],
      ['malformed', 'nonsense'],
      ['too long', `hf_${'A'.repeat(4000)}`],
    ])(
      'that is %s never makes a guest, where guests may come (security 3.1.8)',
      async (_what, as) => {
        for (const url of ['/api/announcements', '/api/specs']) {
          expect((await call('GET', url)).status).toBe(200)
          expect((await call('GET', url, { as })).status).toBe(401)
        }
      },
    )
  })

  describe('POST /api/users', () => {
    const make = (body: object, as = admin) => call('POST', '/api/users', { as, body })

    it('lets an administrator make a user, folded, who can log in', async () => {
      const answer = await make({ username: 'Ada', password, email: 'Ada@Example.org' })
      expect(answer.status).toBe(201)
      expect(answer.json).toMatchObject({
        username: 'ada',
        email: 'ada@example.org',
        role: 'member',
        status: 'active',
      })
      expect(answer.text).not.toMatch(/argon2|hash|password/i)
      expect(await service.login('ada')).toMatch(/^hf_/)
    })

    it.each(['member', 'editor'] as const)('refuses it to a %s', async (role) => {
      const token = await service.tokenOf(role)
      expect((await make({ username: 'eve', password }, token)).status).toBe(403)
    })

    it('refuses a name or an address that is taken', async () => {
      const one = { username: 'grace', password, email: 'grace@example.org' }
      expect((await make(one)).status).toBe(201)
      const name = await make({ username: 'GRACE', password })
      expect([name.status, name.json.code]).toEqual([409, 'username_taken'])
      const email = await make({ ...one, username: 'grace2', email: 'GRACE@example.org' })
      expect([email.status, email.json.code]).toEqual([409, 'email_taken'])
    })

    it('makes one user of ten that want the same name at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => make({ username: 'same', password })),
      )
      const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b)
      expect(statuses).toEqual([201, ...Array.from({ length: 9 }, () => 409)])
    })

    it.each([
      [{ username: 'a b', password }],
      [{ username: 'x', password }],
      [{ username: 'übung', password }],
      [{ username: 'short', password: 'elevenchars' }],
      [{ username: 'long', password: 'x'.repeat(129) }],
      [{ username: 'mail', password, email: 'nonsense' }],
      [{ username: 'role', password, role: 'owner' }],
      [{ username: 'given', password, id: 'mine' }],
      [{ username: 'given', password, status: 'active' }],
      [{ username: 'given', password, passwordHash: 'x' }],
    ])('refuses %j', async (body) => {
      expect((await make(body)).status).toBe(400)
    })
  })

  describe('the first administrator', () => {
    it('comes from the environment, once, however many instances start', async () => {
      const rows = await service.app.database.db.select().from(service.app.database.tables.users)
      expect(rows.filter(({ username }) => username === 'admin')).toHaveLength(1)
    })
  })
})
