import { beforeAll, describe, expect, it } from 'vitest'
import { newAnnouncement } from '../../../src/modules/announcements/announcement.ts'
import { deleteUser } from '../../../src/modules/users/delete-user.ts'
import { databases } from '../../support/databases.ts'
import { startInstance, startService, type Service } from '../../support/service.ts'
import { report, trials } from '../../support/trials.ts'
import { openapi, sha256, specsOf } from '../specs/specs.fixture.ts'
import { countOf, peopleOf, times, type Person } from './people.fixture.ts'

describe.each(databases)('DELETE /api/users/:id on $engine', ({ create, engine }) => {
  let service: Service
  let call: Service['call']
  let people: ReturnType<typeof peopleOf>
  let upload: ReturnType<typeof specsOf>['upload']
  let admin: Person

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    people = peopleOf(service.app)
    ;({ upload } = specsOf(service))
    admin = await people.make('admin')
  })

  const remove = (id: string, query = '', as: string | undefined = admin.token) =>
    call('DELETE', `/api/users/${id}${query}`, { as })

  async function publish({ token }: Person, slug: string, text = slug) {
    const answer = await upload('/api/specs', openapi(slug, { text }), {
      as: token,
      query: { slug },
    })
    expect(answer.status, answer.text).toBe(201)
    return answer
  }

  async function announce({ id }: Person, title: string): Promise<string> {
    const row = newAnnouncement({ title, body: '' }, id)
    await service.app.storage.unitOfWork({}, (tx) => tx.announcements.create(row))
    return row.id
  }

  it('ends all that let him in, and leaves nothing of him (security 3.1.2)', async () => {
    const second = await startInstance(service.url)
    const user = await people.make('editor')
    const api = await people.apiTokenOf(user, ['users:manage'])
    await call('POST', '/api/invites', { as: user.token, body: { role: 'member' } })
    const answer = await remove(user.id)
    expect([answer.status, answer.text]).toEqual([204, ''])
    for (const as of [user.token, api]) {
      expect((await second.call('GET', '/api/me', { as })).status).toBe(401)
    }
    await expect(second.login(user.username)).rejects.toThrow('401')
    const { db, tables } = service.app.database
    for (const table of [tables.sessions, tables.apiTokens]) {
      const rows = await db.select().from(table)
      expect(rows.filter(({ userId }) => userId === user.id)).toEqual([])
    }
    const invites = await db.select().from(tables.invites)
    expect(invites.filter(({ createdBy }) => createdBy === user.id)).toEqual([])
    expect((await remove(user.id)).status).toBe(404)
    const [row] = await people.auditOf(user.id)
    expect(row).toMatchObject({
      action: 'user.delete',
      actorId: admin.id,
      objectName: user.username,
      details: { specs: 0, fate: null, announcements: 0 },
    })
  })

  it('wants to know what becomes of specs', async () => {
    const user = await people.make('member')
    await publish(user, 'kept')
    const answer = await remove(user.id)
    expect([answer.status, answer.json.code]).toEqual([409, 'owns_specs'])
    expect((await call('GET', '/api/me', { as: user.token })).status).toBe(200)
    expect((await call('GET', '/api/specs/kept')).json.ownerId).toBe(user.id)
  })

  it('?transferTo= gives them to another, each as its next revision', async () => {
    const [user, heir] = [await people.make('member'), await people.make('member')]
    const before = await publish(user, 'inherited')
    await publish(user, 'inherited-too')
    const bystander = await publish(heir, 'his-own')
    const announcement = await announce(user, 'inherited')
    const answer = await remove(user.id, `?transferTo=${heir.id}`)
    expect(answer.status, answer.text).toBe(204)
    for (const slug of ['inherited', 'inherited-too']) {
      const spec = await call('GET', `/api/specs/${slug}`)
      expect(spec.json.ownerId).toBe(heir.id)
      expect(spec.headers['etag']).toMatch(/^"2\./)
      const [created, transferred] = await people.auditOf(spec.json.id)
      expect(created?.action).toBe('spec.create')
      expect(transferred).toMatchObject({ action: 'spec.transfer', objectName: slug })
    }
    const headers = { 'if-match': before.headers['etag'] ?? '' }
    const stale = await call('DELETE', '/api/specs/inherited', { as: heir.token, headers })
    expect(stale.status).toBe(412)
    expect((await call('DELETE', '/api/specs/inherited', { as: heir.token })).status).toBe(204)
    expect((await call('GET', '/api/specs/his-own')).headers['etag']).toBe(
      bystander.headers['etag'],
    )
    const { json, headers: shown } = await call('GET', `/api/announcements/${announcement}`)
    expect([json.authorId, shown['etag']]).toEqual([heir.id, expect.stringMatching(/^"2\./)])
  })

  it('?specs=delete deletes them with their documents, but for what others have', async () => {
    const [user, other] = [await people.make('member'), await people.make('member')]
    await publish(user, 'mine-alone')
    await publish(user, 'shared-mine', 'shared')
    const shared = openapi('shared-mine', { text: 'shared' })
    const query = { slug: 'shared-theirs' }
    expect((await upload('/api/specs', shared, { as: other.token, query })).status).toBe(201)
    const spec = (await call('GET', '/api/specs/mine-alone')).json
    expect((await remove(user.id, '?specs=delete')).status).toBe(204)
    const { documents } = service.app.storage
    expect(
      await documents.content(sha256(openapi('mine-alone', { text: 'mine-alone' }))),
    ).toBeUndefined()
    expect(await documents.content(sha256(shared))).toBeDefined()
    for (const slug of ['mine-alone', 'shared-mine']) {
      expect((await call('GET', `/api/specs/${slug}`)).status).toBe(404)
    }
    const found = await call('GET', '/api/specs?q=alone')
    expect(found.json.items).toEqual([])
    expect((await call('GET', '/api/specs/shared-theirs/versions/latest/document')).status).toBe(
      200,
    )
    const acts = (await people.auditOf(spec.id)).map(({ action }) => action)
    expect(acts).toEqual(['spec.create', 'spec.delete'])
  })

  it('gives announcements to the administrator who deletes, of himself to another one', async () => {
    const [user, leaving] = [await people.make('editor'), await people.make('admin')]
    const ids = [await announce(user, 'his'), await announce(leaving, 'theirs')]
    expect((await remove(user.id, '', leaving.token)).status).toBe(204)
    const first = await service.app.storage.announcements.byId(ids[0] ?? '')
    expect(first?.authorId).toBe(leaving.id)
    expect((await remove(leaving.id, '', leaving.token)).status).toBe(204)
    const bootstrap = await service.app.storage.users.byUsername('admin')
    for (const id of ids) {
      expect((await service.app.storage.announcements.byId(id))?.authorId).toBe(bootstrap?.id)
    }
  })

  it('gives nothing to himself, to the disabled or to nobody, and not both ways', async () => {
    const user = await people.make('member')
    const disabled = await people.make('member', { status: 'disabled' })
    await publish(user, 'still-his')
    for (const heir of [user.id, disabled.id, 'nonexistent']) {
      const answer = await remove(user.id, `?transferTo=${heir}`)
      expect([answer.status, answer.json.errors?.[0].parameter]).toEqual([400, 'transferTo'])
    }
    for (const query of [`?transferTo=${admin.id}&specs=delete`, '?specs=keep', '?force=true']) {
      expect((await remove(user.id, query)).status).toBe(400)
    }
    expect((await call('GET', '/api/specs/still-his')).json.ownerId).toBe(user.id)
  })

  it('is for administrators', async () => {
    const user = await people.make('member')
    const editor = await people.make('editor')
    for (const { token } of [user, editor]) {
      expect((await remove(user.id, '', token)).status).toBe(403)
    }
    expect((await call('DELETE', `/api/users/${user.id}`)).status).toBe(401)
  })

  it('answers a repetition under its Idempotency-Key as at first', async () => {
    const user = await people.make('member')
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const send = () => call('DELETE', `/api/users/${user.id}`, { as: admin.token, headers })
    expect([(await send()).status, (await send()).status]).toEqual([204, 204])
  })

  it('of one who is publishing leaves no spec without an owner, nor an error of ours', async () => {
    const outcomes: Record<string, number> = {}
    for (const round of Array(trials(6)).keys()) {
      const user = await people.make('member')
      const heir = await people.make('member')
      await publish(user, `publisher-${round}`)
      const query = round % 2 ? `?transferTo=${heir.id}` : '?specs=delete'
      const [removed, ...uploads] = await Promise.all([
        remove(user.id, query),
        ...Array.from({ length: 4 }, (_, i) =>
          upload('/api/specs', openapi('Busy', { text: `${round} ${i}` }), { as: user.token }),
        ),
        upload(`/api/specs/publisher-${round}/versions`, openapi('Busy', { version: '2' }), {
          as: user.token,
        }),
      ])
      expect([204, 409]).toContain(removed?.status)
      for (const { status, text } of uploads)
        expect([201, 401, 403, 404, 409], text).toContain(status)
      for (const { status } of uploads) outcomes[status] = (outcomes[status] ?? 0) + 1
      const rows = await service.app.database.db.select().from(service.app.database.tables.specs)
      const gone = removed?.status === 204
      expect(rows.some(({ ownerId }) => ownerId === user.id)).toBe(!gone)
    }
    report(`uploads of one who is deleted on ${engine}`, outcomes)
  })

  it('takes no change of a spec away that came at the same time', async () => {
    for (const round of Array(trials(6)).keys()) {
      const [user, heir] = [await people.make('member'), await people.make('member')]
      const slug = `changing-${round}`
      await publish(user, slug)
      const [removed, changed] = await Promise.all([
        remove(user.id, `?transferTo=${heir.id}`),
        call('PATCH', `/api/specs/${slug}`, { as: admin.token, body: { title: 'Changed' } }),
      ])
      expect([removed.status, changed.status]).toEqual([204, 200])
      const spec = await call('GET', `/api/specs/${slug}`)
      expect(spec.json).toMatchObject({ ownerId: heir.id, title: 'Changed' })
      expect(spec.headers['etag']).toMatch(/^"3\./)
    }
  })

  it('of one and the same happens once', async () => {
    const user = await people.make('member')
    const answers = await times(10, () => remove(user.id))
    expect(countOf(answers.map(({ status }) => status))).toEqual({ 204: 1, 404: 9 })
  })

  it('begins anew when he has more by then, and gives up where that does not end', async () => {
    const { storage } = service.app
    const user = await people.make('member')
    let published = 0
    const tries = { options: 0 }
    const deleting = deleteUser(
      storage,
      { userId: user.id, specs: 'delete' },
      async (options, deleteIn) => {
        tries.options++
        await publish(user, `endless-${published++}`)
        return storage.unitOfWork(options, deleteIn)
      },
    )
    await expect(deleting).rejects.toMatchObject({ code: 'CONFLICT', statusCode: 409 })
    expect(tries.options).toBe(10)
    expect(await storage.users.byId(user.id)).toBeDefined()
    expect((await remove(user.id, '?specs=delete')).status).toBe(204)
  })

  it('of one who has more than there may be locks is alone on everything', async () => {
    const [user, heir] = [await people.make('member'), await people.make('member')]
    await publish(user, 'template')
    const { db, tables, unitOfWork } = service.app.database
    const specs = await db.select().from(tables.specs)
    const template = specs.find(({ slug }) => slug === 'template')
    await unitOfWork({ deadline: 'bulk' }, async (tx) => {
      for (let at = 0; at < 3000; at += 500) {
        const rows = Array.from({ length: 500 }, (_, i) => ({
          ...template!,
          id: `many-${at + i}`,
          slug: `many-${at + i}`,
        }))
        await tx.insert(tables.specs).values(rows)
      }
    })
    let options: object | undefined
    const { storage } = service.app
    const deleted = await deleteUser(
      storage,
      { userId: user.id, transferTo: heir.id },
      (given, deleteIn) => {
        options = given
        return storage.unitOfWork(given, deleteIn)
      },
    )
    expect(options).toEqual({ alone: [], exclusive: true, deadline: 'bulk' })
    expect(deleted.specs).toHaveLength(3001)
    expect(await storage.users.byId(user.id)).toBeUndefined()
  })
})
