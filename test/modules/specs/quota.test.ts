import { beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '../../../src/database/tables/tables.ts'
import { assertRoomForSpecsOf } from '../../../src/modules/specs/allowance.ts'
import { quotaLock } from '../../../src/modules/specs/quota.ts'
import { databases } from '../../support/databases.ts'
import { startService, type Service } from '../../support/service.ts'
import { documentOf, ownersOf } from './quota.fixture.ts'
import { openapi, specsOf } from './specs.fixture.ts'

const defaults = { specs: 3, bytes: 10_000 }
const json = { 'content-type': 'application/json' }

describe.each(databases)('the quota of an owner of specs on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let upload: ReturnType<typeof specsOf>['upload']
  let owners: ReturnType<typeof ownersOf>
  let editor: string

  beforeAll(async () => {
    const { specs, bytes } = defaults
    service = await startService(create, { QUOTA_SPECS: `${specs}`, QUOTA_BYTES: `${bytes}` })
    call = service.call
    ;({ upload } = specsOf(service))
    owners = ownersOf(service)
    editor = await service.tokenOf('editor')
  })

  let made = 0
  const publish = (as: string, document = openapi('Counted', { text: `${++made}` })) =>
    upload('/api/specs', document, { as, query: { slug: `counted-${++made}` } })

  describe('of specs', () => {
    it('refuses what goes beyond, and stores nothing of it', async () => {
      const { as, id } = await owners.newOwner()
      for (let i = 0; i < 3; i++) expect((await publish(as)).status).toBe(201)
      const before = await owners.rows()
      const refused = await publish(as)
      expect(refused.status).toBe(403)
      expect(refused.headers['content-type']).toBe('application/problem+json')
      expect(refused.json).toMatchObject({
        status: 403,
        code: 'quota_exceeded',
        quota: 'specs',
        limit: 3,
        used: 3,
      })
      // A refusal may be told to the audit log; no other row is there.
      const { audit: _, ...after } = await owners.rows()
      expect(before).toMatchObject(after)
      expect((await owners.quotaOf(id)).specs).toEqual({ used: 3, limit: 3 })
    })

    it('is the owner’s own where he has one, and the configuration’s for members alone', async () => {
      const cases: [Role, { specs?: number }, number | null][] = [
        ['member', { specs: 0 }, 0],
        ['member', { specs: 1 }, 1],
        ['member', { specs: 5 }, 5],
        ['editor', { specs: 1 }, 1],
        ['admin', { specs: 1 }, 1],
        ['editor', {}, null],
        ['admin', {}, null],
      ]
      for (const [role, quota, limit] of cases) {
        const { as, id } = await owners.newOwner(role, quota)
        const found: number[] = []
        for (let i = 0; i < 6; i++) found.push((await publish(as)).status)
        const passed = limit ?? 6
        expect(found, `${role} ${limit}`).toEqual([
          ...Array<number>(passed).fill(201),
          ...Array<number>(6 - passed).fill(403),
        ])
        expect((await owners.quotaOf(id)).specs).toEqual({ used: passed, limit })
      }
    })

    it('is no matter for further versions, changes and deletions; a deletion makes room', async () => {
      const { as, id } = await owners.newOwner('member', { specs: 1 })
      const { json: spec } = await publish(as)
      const path = `/api/specs/${spec.slug}`
      expect(
        (await upload(`${path}/versions`, openapi('Counted', { version: '2' }), { as })).status,
      ).toBe(201)
      expect((await call('PATCH', path, { as, body: { title: 'Changed' } })).status).toBe(200)
      expect((await publish(as)).status).toBe(403)
      await owners.setQuota(id, { specs: 0 })
      expect(
        (await upload(`${path}/versions`, openapi('Counted', { version: '3' }), { as })).status,
      ).toBe(201)
      expect((await call('DELETE', path, { as })).status).toBe(204)
      expect((await publish(as)).json).toMatchObject({ code: 'quota_exceeded', limit: 0, used: 0 })
      await owners.setQuota(id, { specs: 1 })
      expect((await publish(as)).status).toBe(201)
    })
  })

  describe('of bytes', () => {
    it('is full to the last byte', async () => {
      const { as, id } = await owners.newOwner('member', { bytes: 1000 })
      expect((await publish(as, documentOf(600))).status).toBe(201)
      const refused = await publish(as, documentOf(401, 'more'))
      expect(refused.json).toMatchObject({
        code: 'quota_exceeded',
        quota: 'bytes',
        limit: 1000,
        used: 600,
      })
      expect((await publish(as, documentOf(400, 'fits'))).status).toBe(201)
      expect((await owners.quotaOf(id)).bytes).toEqual({ used: 1000, limit: 1000 })
      expect((await publish(as, openapi('x'))).status).toBe(403)
    })

    it('counts every version, withdrawn ones and those whose document others have, until they are deleted', async () => {
      const { as, id } = await owners.newOwner('member', { bytes: 1000 })
      const shared = documentOf(300, 'shared')
      await publish(editor, shared)
      const { json: spec } = await publish(as, shared)
      const path = `/api/specs/${spec.slug}`
      const further = (bytes: number) =>
        upload(`${path}/versions`, documentOf(bytes, `${++made}`), { as })
      expect((await further(300)).status).toBe(201)
      expect(
        (await call('PATCH', `${path}/versions/1`, { as, body: { state: 'withdrawn' } })).status,
      ).toBe(200)
      expect((await owners.quotaOf(id)).bytes.used).toBe(600)
      expect((await further(401)).json).toMatchObject({ quota: 'bytes', limit: 1000, used: 600 })
      // The same bytes again change nothing, and need no room.
      expect((await upload(`${path}/versions`, shared, { as })).status).toBe(200)
      expect((await call('DELETE', path, { as })).status).toBe(204)
      expect((await owners.quotaOf(id)).bytes.used).toBe(0)
    })
  })

  it('counts for the owner, whoever uploads', async () => {
    const { as, id } = await owners.newOwner('member', { bytes: 1000 })
    const helper = await owners.newOwner('editor', { bytes: 100, specs: 0 })
    const { json: spec } = await publish(as, documentOf(500))
    const path = `/api/specs/${spec.slug}/versions`
    expect((await upload(path, documentOf(400, 'helped'), { as: helper.as })).status).toBe(201)
    expect((await owners.quotaOf(id)).bytes.used).toBe(900)
    expect((await owners.quotaOf(helper.id)).bytes.used).toBe(0)
    const refused = await upload(path, documentOf(200, 'too much'), { as: helper.as })
    expect(refused.json).toMatchObject({ code: 'quota_exceeded', limit: 1000, used: 900 })
  })

  it('lets a request that was done be repeated under its key when it is full', async () => {
    const { as } = await owners.newOwner('member', { specs: 1 })
    const send = (key: string) =>
      upload('/api/specs', openapi('Once'), { as, headers: { 'idempotency-key': key } })
    const first = await send('quota-once')
    expect(first.status).toBe(201)
    const again = await send('quota-once')
    expect([again.status, again.json]).toEqual([201, first.json])
    expect((await send('quota-other')).status).toBe(403)
  })

  describe('at an import of specs', () => {
    const importAll = (as: string, items: object[]) =>
      call('POST', '/api/specs/import', { as, body: JSON.stringify(items), headers: json })
    const item = (text: string, slug?: string) => ({
      content: openapi('Item', { text }).toString(),
      ...(slug !== undefined && { slug }),
    })

    it('is that of all items together: one too many, and nothing is stored', async () => {
      const { as, id } = await owners.newOwner('member', { specs: 4 })
      await publish(as)
      const before = await owners.rows()
      const refused = await importAll(
        as,
        ['a', 'b', 'c', 'd'].map((text) => item(`${id} ${text}`)),
      )
      expect(refused.status).toBe(403)
      expect(refused.json).toMatchObject({
        code: 'quota_exceeded',
        quota: 'specs',
        limit: 4,
        used: 1,
      })
      const { audit: _, ...after } = await owners.rows()
      expect(before).toMatchObject(after)
      expect(
        (
          await importAll(
            as,
            ['a', 'b', 'c'].map((text) => item(`${id} ${text}`)),
          )
        ).status,
      ).toBe(200)
      expect((await owners.quotaOf(id)).specs.used).toBe(4)
    })

    it('is that of each owner whose spec gets a version, of however many', async () => {
      const specs: string[] = []
      const ids: string[] = []
      for (let i = 0; i < 12; i++) {
        const { as, id } = await owners.newOwner('member', { bytes: 400 })
        specs.push((await publish(as, documentOf(200, id))).json.slug)
        ids.push(id)
      }
      const versions = specs.map((slug, i) => ({
        slug,
        content: documentOf(150, `${ids[i]} 2`).toString(),
        version: '2',
      }))
      expect((await importAll(editor, versions)).status).toBe(200)
      const more = versions.map((one, i) => ({
        ...one,
        content: documentOf(i === 11 ? 160 : 140, `${i} 3`).toString(),
        version: '3',
      }))
      expect((await importAll(editor, more)).json).toMatchObject({ quota: 'bytes', used: 350 })
      for (const id of ids) expect((await owners.quotaOf(id)).bytes.used).toBe(350)
    })
  })

  it('is no matter for the restoring of an export', async () => {
    const { as, id } = await owners.newOwner('member')
    for (let i = 0; i < 3; i++) await publish(as)
    const admin = await service.login()
    const exported = await call('GET', '/api/export', { as: admin })
    const second = await startService(create, { QUOTA_SPECS: '1', QUOTA_BYTES: '1' })
    const restored = await second.call('POST', '/api/import?onUserConflict=map', {
      as: await second.login(),
      body: exported.text,
      headers: json,
    })
    expect(restored.text).not.toContain('quota_exceeded')
    expect(restored.status).toBe(200)
    expect((await ownersOf(second).quotaOf(id)).specs).toEqual({ used: 3, limit: 1 })
  })

  it('is set by administrators, shown to its owner, and holds at once', async () => {
    const admin = await service.login()
    const { as, id } = await owners.newOwner('editor')
    const body = { quotaSpecs: 1, quotaBytes: 700 }
    const quota = async () => (await call('GET', '/api/me', { as })).json.quota
    expect(await quota()).toEqual({
      specs: { used: 0, limit: null },
      bytes: { used: 0, limit: null },
    })
    expect((await call('PATCH', `/api/users/${id}`, { as: admin, body })).status).toBe(200)
    expect((await publish(as, documentOf(300, id))).status).toBe(201)
    expect((await publish(as)).json).toMatchObject({ code: 'quota_exceeded', limit: 1, used: 1 })
    expect(await quota()).toEqual({
      specs: { used: 1, limit: 1 },
      bytes: { used: 300, limit: 700 },
    })
    expect((await call('PATCH', '/api/me', { as, body })).status).toBe(400)
    const none = { quotaSpecs: null, quotaBytes: null }
    expect((await call('PATCH', `/api/users/${id}`, { as: admin, body: none })).status).toBe(200)
    expect((await publish(as)).status).toBe(201)
  })

  it('keeps the specs of a deleted user from whoever has no room for all of them', async () => {
    const admin = await service.login()
    const { as, id } = await owners.newOwner()
    await publish(as)
    await publish(as)
    const { id: heir } = await owners.newOwner('member', { specs: 1 })
    const remove = () => call('DELETE', `/api/users/${id}?transferTo=${heir}`, { as: admin })
    const refused = await remove()
    expect(refused.status).toBe(403)
    expect(refused.json).toMatchObject({
      code: 'quota_exceeded',
      quota: 'specs',
      limit: 1,
      used: 0,
    })
    expect((await owners.quotaOf(id)).specs.used).toBe(2)
    expect((await call('GET', '/api/me', { as })).status).toBe(200)
    await owners.setQuota(heir, { specs: 2 })
    expect((await remove()).status).toBe(204)
    expect((await owners.quotaOf(heir)).specs).toEqual({ used: 2, limit: 2 })
  })

  it('has room for all specs of another, or for none', async () => {
    const { as, id: from } = await owners.newOwner()
    await publish(as)
    await publish(as)
    const { storage, config } = service.app
    const take = (to: string) =>
      storage.unitOfWork({ alone: [quotaLock(from), quotaLock(to)] }, async (tx) => {
        await assertRoomForSpecsOf(tx, { from, to, defaults: config.quota })
        return 'room'
      })
    const { id: small } = await owners.newOwner('member', { specs: 1 })
    await expect(take(small)).rejects.toMatchObject({
      members: { quota: 'specs', limit: 1, used: 0 },
    })
    const { id: large } = await owners.newOwner('editor', { specs: 2 })
    expect(await take(large)).toBe('room')
  })
})
