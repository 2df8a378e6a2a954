import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { password, startService, type Service } from '../../support/service.ts'
import { peopleOf, type Person } from './people.fixture.ts'

// With users:manage alone, a token that made an administrator, or let itself in as one, would have every other scope.
describe.each(databases)('an API token for users:manage on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let people: ReturnType<typeof peopleOf>
  let owner: Person
  let token: string

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    people = peopleOf(service.app)
    owner = await people.make('admin')
    token = await people.apiTokenOf(owner, ['users:manage'])
  })

  const refusal = { status: 403, json: { code: 'session_required' } }

  it('makes no administrator, whoever it belongs to (security 3.3)', async () => {
    const member = await people.make('member')
    const body = { username: 'made-by-token', password, role: 'admin' }
    expect(await call('POST', '/api/users', { as: token, body })).toMatchObject(refusal)
    expect(await service.app.storage.users.byUsername('made-by-token')).toBeUndefined()
    const invite = await call('POST', '/api/invites', { as: token, body: { role: 'admin' } })
    expect(invite).toMatchObject(refusal)
    const path = `/api/users/${member.id}`
    expect(await call('PATCH', path, { as: token, body: { role: 'admin' } })).toMatchObject(refusal)
    expect(await service.app.storage.users.byId(member.id)).toMatchObject({ role: 'member' })
  })

  it('neither changes nor deletes one, nor lets itself in as one by a reset (security 3.3)', async () => {
    for (const admin of [owner, await people.make('admin')]) {
      const path = `/api/users/${admin.id}`
      for (const body of [
        { role: 'member' },
        { status: 'disabled' },
        { email: 'me@example.org' },
      ]) {
        expect(await call('PATCH', path, { as: token, body })).toMatchObject(refusal)
      }
      expect(await call('POST', `${path}/reset`, { as: token })).toMatchObject(refusal)
      expect(await call('DELETE', path, { as: token })).toMatchObject(refusal)
      const { token: _, ...row } = admin
      expect(await service.app.storage.users.byId(admin.id)).toEqual(row)
      // A refused reset ended no session either.
      expect((await call('GET', '/api/me', { as: admin.token })).status).toBe(200)
    }
  })

  it('does for everybody else what its owner may', async () => {
    const member = await people.make('member')
    const path = `/api/users/${member.id}`
    const body = { role: 'editor' }
    expect((await call('PATCH', path, { as: token, body })).status).toBe(200)
    expect((await call('POST', `${path}/reset`, { as: token })).status).toBe(201)
    expect((await call('DELETE', path, { as: token })).status).toBe(204)
    expect((await call('POST', '/api/invites', { as: token, body })).status).toBe(201)
    const made = await call('POST', '/api/users', {
      as: token,
      body: { ...body, username: 'editor-by-token', password },
    })
    expect(made.status).toBe(201)
  })

  it('leaves administrators to those who are logged in', async () => {
    const member = await people.make('member')
    const path = `/api/users/${member.id}`
    const as = owner.token
    expect((await call('PATCH', path, { as, body: { role: 'admin' } })).status).toBe(200)
    expect((await call('POST', `${path}/reset`, { as })).status).toBe(201)
    expect((await call('DELETE', path, { as })).status).toBe(204)
  })
})
