import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { peopleOf, type Person } from '../modules/users/people.fixture.ts'
import { databases } from '../support/databases.ts'
import { startService, type Service } from '../support/service.ts'

const titled = (title: string) =>
  JSON.stringify({ openapi: '3.0.0', info: { title, version: '1' }, paths: {} })

// Large bodies may take their time: whoever began one in time must not end it after he was shut out.
describe.each(databases)(
  'a body that began before its sender was shut out, on $engine',
  ({ create }) => {
    let service: Service
    let people: ReturnType<typeof peopleOf>
    let admin: Person

    beforeAll(async () => {
      service = await startService(create)
      people = peopleOf(service.app)
      admin = await people.make('admin')
    })

    /** Sends half of a body, has `meanwhile` happen, and sends the rest. */
    async function send(
      path: string,
      given: { as: string; body: string; type?: string; meanwhile: () => Promise<unknown> },
    ) {
      const { as, body, type = 'application/json', meanwhile } = given
      async function* slowly() {
        yield Buffer.from(body.slice(0, body.length / 2))
        // His token is looked at before his body is.
        await pause(300)
        await meanwhile()
        yield Buffer.from(body.slice(body.length / 2))
      }
      const answer = await service.app.inject({
        method: 'POST',
        url: path,
        headers: { authorization: `Bearer ${as}`, 'content-type': type },
        payload: Readable.from(slowly()),
      })
      return answer.statusCode
    }

    const change = (user: Person, body: object) =>
      service.call('PATCH', `/api/users/${user.id}`, { as: admin.token, body })
    const specsOf = ({ id }: Person) => service.app.storage.belongings.specs(id)

    it('of a document is taken from who is still in', async () => {
      const user = await people.make('member')
      const body = titled('In time')
      const meanwhile = () => Promise.resolve()
      expect(await send('/api/specs', { as: user.token, body, meanwhile })).toBe(201)
    })

    it.each([
      ['/api/specs', titled('Too late')],
      ['/api/specs/import', JSON.stringify([{ content: titled('Too late, too') }])],
    ])(
      'POST %s: stores nothing of somebody who is disabled by then (security 3.1.2)',
      async (path, body) => {
        const user = await people.make('member')
        const meanwhile = () => change(user, { status: 'disabled' })
        expect(await send(path, { as: user.token, body, meanwhile })).toBe(401)
        expect(await specsOf(user)).toEqual([])
      },
    )

    it('of a document is not taken by an API token that was revoked meanwhile (security 3.1.2)', async () => {
      const user = await people.make('member')
      const as = await people.apiTokenOf(user, ['specs:write'])
      const [token] = await service.app.storage.apiTokens.list(user.id)
      const meanwhile = () => service.call('DELETE', `/api/tokens/${token?.id}`, { as: user.token })
      expect(await send('/api/specs', { as, body: titled('Revoked'), meanwhile })).toBe(401)
      expect(await specsOf(user)).toEqual([])
    })

    it('of a version comes too late for an editor who is none any more (security 3.3)', async () => {
      const [owner, editor] = [await people.make('member'), await people.make('editor')]
      const meanwhile = () => change(editor, { role: 'member' })
      const body = titled('Owned')
      await send('/api/specs?slug=owned', {
        as: owner.token,
        body,
        meanwhile: () => Promise.resolve(),
      })
      const path = '/api/specs/owned/versions'
      const late = titled('By no editor')
      expect(await send(path, { as: editor.token, body: late, meanwhile })).toBe(403)
      expect((await service.call('GET', path)).json.items).toHaveLength(1)
    })

    it.each([
      [{ role: 'member' }, 403],
      [{ status: 'disabled' }, 401],
    ])(
      'of an import brings no administrator back who is %j by then (security 3.8)',
      async (body, status) => {
        const other = await people.make('admin')
        const exported = await service.call('GET', '/api/export', { as: admin.token })
        const meanwhile = () => change(other, body)
        expect(await send('/api/import', { as: other.token, body: exported.text, meanwhile })).toBe(
          status,
        )
        expect(await service.app.storage.users.byId(other.id)).toMatchObject(body)
      },
    )
  },
)
