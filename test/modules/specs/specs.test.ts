import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { startService, type Answer, type Service } from '../../support/service.ts'
import { openapi, specsOf } from './specs.fixture.ts'

const roles = ['guest', 'member', 'owner', 'editor', 'admin'] as const

describe.each(databases)('a spec on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let upload: ReturnType<typeof specsOf>['upload']
  const tokens = {
    guest: undefined as string | undefined,
    member: '',
    owner: '',
    editor: '',
    admin: '',
  }
  let count = 0

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    ;({ upload } = specsOf(service))
    tokens.member = await service.tokenOf('member')
    tokens.owner = await service.tokenOf('member')
    tokens.editor = await service.tokenOf('editor')
    tokens.admin = await service.login()
  })

  /** The owner's, of a title that no other has. */
  async function publish(query: Record<string, string> = {}): Promise<Answer['json']> {
    const title = `Canary w${(count++).toString(2)}w`
    const answer = await upload('/api/specs', openapi(title), {
      as: tokens.owner,
      query,
    })
    expect(answer.status, answer.text).toBe(201)
    return { ...answer.json, url: `/api/specs/${answer.json.slug}` }
  }

  const found = async (q: string, as?: string) => {
    const { json } = await call('GET', `/api/specs?q=${encodeURIComponent(q)}`, { as })
    return json.items.map(({ slug }: { slug: string }) => slug)
  }

  describe('GET /api/specs/:slug', () => {
    it.each([
      ['public', 'published', { guest: 200, member: 200, owner: 200, editor: 200, admin: 200 }],
      ['private', 'published', { guest: 404, member: 404, owner: 200, editor: 200, admin: 200 }],
      ['public', 'draft', { guest: 404, member: 404, owner: 200, editor: 200, admin: 200 }],
    ] as const)('of a %s one whose version is %s', async (visibility, state, wanted) => {
      const { url, title, slug } = await publish({ visibility, state })
      for (const who of roles) {
        const answer = await call('GET', url, { as: tokens[who] })
        expect(answer.status, who).toBe(wanted[who])
        if (answer.status === 200) {
          expect(answer.json).toMatchObject({ title, slug, visibility })
          expect(answer.text).not.toMatch(/titleKey|latestId|documentId|revision|"open"/)
        } else {
          expect(answer.json.code).toBe('spec_not_found')
          expect(answer.text).not.toContain(title)
        }
        expect(await found(title, tokens[who])).toEqual(wanted[who] === 200 ? [slug] : [])
      }
    })

    it('answers what is not there, and what cannot be, with 404 or 400', async () => {
      for (const slug of ['nothing', 'Not-A-Slug', 'import'])
        expect((await call('GET', `/api/specs/${slug}`)).status).toBe(404)
      expect((await call('GET', '/api/specs/%00')).status).toBe(400)
      expect((await call('GET', `/api/specs/${'a'.repeat(101)}`)).status).toBe(400)
      expect((await call('GET', '/api/specs/nothing?x=1')).status).toBe(400)
    })

    it('answers HEAD, and 304 to those who have it', async () => {
      const { url } = await publish()
      const head = await call('HEAD', url)
      expect([head.status, head.text]).toEqual([200, ''])
      const headers = { 'if-none-match': `W/${head.headers['etag']}` }
      const known = await call('GET', url, { headers })
      expect([known.status, known.text]).toEqual([304, ''])
    })

    it('keeps nothing of a private one in caches', async () => {
      const { url } = await publish({ visibility: 'private' })
      const answer = await call('GET', url, { as: tokens.owner })
      expect(answer.headers['cache-control']).toBe('no-store')
    })
  })

  describe('PATCH /api/specs/:slug', () => {
    it('changes what is given, leaves the rest, and counts the revision', async () => {
      const made = await publish()
      const { url, ...before } = made
      const body = { title: 'Zürich Trams', summary: 'Lines', tags: ['transit'] }
      const answer = await call('PATCH', url, { as: tokens.owner, body })
      expect(answer.status, answer.text).toBe(200)
      expect(answer.headers['etag']).toMatch(/^"2\.[a-z0-9]+"$/)
      expect(answer.json).toEqual({ ...before, ...body, updatedAt: answer.json.updatedAt })
      expect((await call('GET', url)).json).toEqual(answer.json)
      expect(await found('zurich')).toContain(made.slug)
      expect(await found('lines')).toContain(made.slug)
      await call('PATCH', url, { as: tokens.owner, body: { title: 'Basel' } })
      expect(await found('zurich')).not.toContain(made.slug)
    })

    it('gives it another address, where it is found from then on', async () => {
      const { url, title } = await publish()
      const slug = `moved-${count}`
      const answer = await call('PATCH', url, { as: tokens.owner, body: { slug } })
      expect(answer.json.slug).toBe(slug)
      expect((await call('GET', url)).status).toBe(404)
      expect((await call('GET', `/api/specs/${slug}`)).json.title).toBe(title)
      expect((await call('GET', `/api/specs/${slug}/versions/latest/document`)).status).toBe(200)
      const same = await call('PATCH', `/api/specs/${slug}`, { as: tokens.owner, body: { slug } })
      expect(same.status).toBe(200)
    })

    it('refuses an address that is taken, and changes nothing', async () => {
      const [one, other] = [await publish(), await publish()]
      const body = { slug: other.slug, title: 'Not this' }
      const answer = await call('PATCH', one.url, { as: tokens.owner, body })
      expect([answer.status, answer.json.code]).toEqual([409, 'slug_taken'])
      expect((await call('GET', one.url)).json.title).toBe(one.title)
    })

    it('hides it from others, and shows it again', async () => {
      const { url, slug, title } = await publish()
      const patch = (visibility: string) =>
        call('PATCH', url, { as: tokens.owner, body: { visibility } })
      expect((await patch('private')).status).toBe(200)
      expect((await call('GET', url)).status).toBe(404)
      expect((await call('GET', `${url}/versions/latest/document`)).status).toBe(404)
      expect(await found(title)).toEqual([])
      await patch('public')
      expect((await call('GET', url)).status).toBe(200)
      expect(await found(title)).toEqual([slug])
    })

    it('does not show a spec of drafts alone, however public it is made', async () => {
      const { url } = await publish({ state: 'draft', visibility: 'private' })
      await call('PATCH', url, { as: tokens.owner, body: { visibility: 'public' } })
      expect((await call('GET', url)).status).toBe(404)
    })

    it('takes a summary away', async () => {
      const { url } = await publish()
      await call('PATCH', url, { as: tokens.owner, body: { summary: 'x' } })
      const answer = await call('PATCH', url, { as: tokens.owner, body: { summary: null } })
      expect(answer.json.summary).toBeNull()
    })

    it.each([
      ['nothing', {}, ''],
      ['an unknown field', { id: 'x' }, '/id'],
      ['another owner', { ownerId: 'x' }, '/ownerId'],
      ['an empty title', { title: '' }, '/title'],
      ['a title of blanks', { title: '  ' }, '/title'],
      ['a title of 201 characters', { title: 'x'.repeat(201) }, '/title'],
      ['no title', { title: null }, '/title'],
      ['a summary of 501 characters', { summary: 'x'.repeat(501) }, '/summary'],
      ['a tag in capitals', { tags: ['A'] }, '/tags/0'],
      ['a tag twice', { tags: ['a', 'a'] }, '/tags'],
      ['21 tags', { tags: Array.from({ length: 21 }, (_, i) => `t${i}`) }, '/tags'],
      ['a text for the tags', { tags: 'a,b' }, '/tags'],
      ['an unknown visibility', { visibility: 'hidden' }, '/visibility'],
      ['a reserved slug', { slug: 'import' }, '/slug'],
      ['a slug with capitals', { slug: 'Ab' }, '/slug'],
      ['NUL', { title: 'a\0b' }, '/title'],
    ])('refuses %s and names it', async (_what, body, pointer) => {
      const { url } = await publish()
      const answer = await call('PATCH', url, { as: tokens.owner, body })
      expect(answer.status).toBe(400)
      expect(answer.json.errors[0].pointer).toBe(pointer)
      expect((await call('GET', url)).headers['etag']).toMatch(/^"1\./)
    })

    it('refuses a stale If-Match and changes nothing', async () => {
      const { url } = await publish()
      const patch = (tag: string, title: string) =>
        call('PATCH', url, { as: tokens.owner, headers: { 'if-match': tag }, body: { title } })
      const tag = String((await call('GET', url)).headers['etag'])
      expect((await patch(tag, 'first')).status).toBe(200)
      const stale = await patch(tag, 'second')
      expect([stale.status, stale.json.code]).toEqual([412, 'stale'])
      expect((await call('GET', url)).json.title).toBe('first')
    })

    it('lets one of two who know the same state win', async () => {
      const { url } = await publish()
      const tag = String((await call('GET', url)).headers['etag'])
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          call('PATCH', url, {
            as: tokens.owner,
            headers: { 'if-match': tag },
            body: { title: `${i}` },
          }),
        ),
      )
      const statuses = answers.map(({ status }) => status)
      expect(statuses.sort((a, b) => a - b)).toEqual([200, ...Array<number>(9).fill(412)])
    })
  })

  describe.each(['PATCH', 'DELETE'] as const)('%s of another’s spec', (method) => {
    const done = method === 'PATCH' ? 200 : 204
    const options = method === 'PATCH' ? { body: { title: 'Changed' } } : {}
    it.each([
      ['guest', 401, 401],
      ['member', 403, 404],
      ['owner', done, done],
      ['editor', done, done],
      ['admin', done, done],
    ] as const)('answers a %s with %i, of a private one with %i', async (who, open, hidden) => {
      for (const [visibility, status] of [
        ['public', open],
        ['private', hidden],
      ] as const) {
        const made = await publish({ visibility })
        const answer = await call(method, made.url, { as: tokens[who], ...options })
        expect(answer.status, answer.text).toBe(status)
        if (status >= 400) {
          expect(answer.text).not.toContain(made.title)
          expect((await call('GET', made.url, { as: tokens.owner })).json.title).toBe(made.title)
        }
      }
      const missing = await call(method, '/api/specs/nothing', { as: tokens[who], ...options })
      expect(missing.status).toBe(who === 'guest' ? 401 : 404)
    })
  })

  describe('DELETE /api/specs/:slug', () => {
    const documents = () => service.app.storage.documents

    it('takes the spec, its versions, its words and the documents that no other has', async () => {
      const made = await publish()
      const shared = openapi('Shared')
      await upload(`${made.url}/versions`, shared, { as: tokens.owner })
      const other = await upload('/api/specs', shared, { as: tokens.member })
      const sharedId = other.json.latest.sha256
      expect((await call('DELETE', made.url, { as: tokens.owner })).status).toBe(204)
      expect((await call('GET', made.url, { as: tokens.owner })).status).toBe(404)
      expect((await call('GET', `${made.url}/versions`, { as: tokens.admin })).status).toBe(404)
      expect(await found(made.title, tokens.admin)).toEqual([])
      expect(await documents().content(made.latest.sha256)).toBeUndefined()
      expect(await documents().content(sharedId)).toBeDefined()
      expect(
        (await call('DELETE', `/api/specs/${other.json.slug}`, { as: tokens.member })).status,
      ).toBe(204)
      expect(await documents().content(sharedId)).toBeUndefined()
      expect((await call('DELETE', made.url, { as: tokens.owner })).status).toBe(404)
    })

    it('refuses a stale If-Match, and leaves its address to others', async () => {
      const { url, slug, title } = await publish()
      const headers = { 'if-match': '"7"' }
      expect((await call('DELETE', url, { as: tokens.owner, headers })).status).toBe(412)
      expect((await call('GET', url)).status).toBe(200)
      await call('DELETE', url, { as: tokens.owner })
      const again = await upload('/api/specs', openapi(title), {
        as: tokens.member,
        query: { slug },
      })
      expect(again.status).toBe(201)
    })
  })

  describe('a request that comes again under its Idempotency-Key', () => {
    const key = (name: string) => ({ 'idempotency-key': name })

    it('gets the first answer, though it took the spec away', async () => {
      const { url } = await publish()
      const ask = (name: string, as = tokens.owner) =>
        call('DELETE', url, { as, headers: key(name) })
      expect((await ask('gone-1')).status).toBe(204)
      const again = await ask('gone-1')
      expect([again.status, again.headers['idempotent-replayed']]).toEqual([204, 'true'])
      expect((await ask('gone-2')).status).toBe(404)
      expect((await ask('gone-1', tokens.member)).status).toBe(404)
    })

    it('gets the first answer, though it gave the spec another address', async () => {
      const { url, slug } = await publish()
      const ask = (to: string) =>
        call('PATCH', url, { as: tokens.owner, headers: key('moved'), body: { slug: to } })
      const first = await ask(`${slug}-moved`)
      const again = await ask(`${slug}-moved`)
      expect(again.text).toBe(first.text)
      expect([again.status, again.headers['idempotent-replayed']]).toEqual([200, 'true'])
      expect((await ask(`${slug}-elsewhere`)).json.code).toBe('idempotency_key_reused')
    })
  })

  describe('the title and the summary', () => {
    const document = (title: string, summary: string | undefined, version: string) =>
      Buffer.from(
        JSON.stringify({ openapi: '3.1.0', info: { title, summary, version }, paths: {} }),
      )

    it('follow the latest document, as long as nobody set others', async () => {
      const { json } = await upload('/api/specs', document('First', 'One', '1'), {
        as: tokens.owner,
      })
      const url = `/api/specs/${json.slug}`
      const read = async () => {
        const { title, summary } = (await call('GET', url)).json
        return [title, summary]
      }
      await upload(`${url}/versions`, document('Second', undefined, '2'), { as: tokens.owner })
      expect(await read()).toEqual(['Second', null])
      await call('PATCH', url, { as: tokens.owner, body: { title: 'Ours' } })
      await upload(`${url}/versions`, document('Third', 'Three', '3'), { as: tokens.owner })
      expect(await read()).toEqual(['Ours', 'Three'])
      await upload(`${url}/versions`, document('Draft', 'Draft', '4'), {
        as: tokens.owner,
        query: { state: 'draft' },
      })
      expect(await read()).toEqual(['Ours', 'Three'])
      const withdrawn = { as: tokens.owner, body: { state: 'withdrawn' } }
      await call('PATCH', `${url}/versions/3`, withdrawn)
      expect(await read()).toEqual(['Ours', null])
      expect(await found('second')).not.toContain(json.slug)
    })

    it('tell nothing of a draft to those who may not see it', async () => {
      const made = await upload('/api/specs', document('Known', 'One', '1'), { as: tokens.owner })
      const url = `/api/specs/${made.json.slug}`
      const withdrawn = { as: tokens.owner, body: { state: 'withdrawn' } }
      await call('PATCH', `${url}/versions/1`, withdrawn)
      const draft = document('Canarytitle', 'Canarysummary', '2')
      const query = { state: 'draft' }
      expect((await upload(`${url}/versions`, draft, { as: tokens.owner, query })).status).toBe(201)
      const guest = await call('GET', url)
      expect(guest.json).toMatchObject({ title: 'Known', summary: 'One', latest: null })
      expect(guest.text).not.toContain('Canary')
      expect(await found('canarytitle')).toEqual([])
      await call('PATCH', `${url}/versions/2`, { as: tokens.owner, body: { state: 'published' } })
      expect((await call('GET', url)).json.title).toBe('Canarytitle')
    })
  })
})
