import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../support/databases.ts'
import { startService, type Answer, type Service } from '../support/service.ts'

const hour = 3_600_000
const inHours = (hours: number) => new Date(Date.now() + hours * hour).toISOString()

describe.each(databases)('announcements on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  const tokens = { guest: undefined as string | undefined, member: '', editor: '', admin: '' }

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    tokens.member = await service.tokenOf('member')
    tokens.editor = await service.tokenOf('editor')
    tokens.admin = await service.login()
  })

  async function publish(body: object): Promise<Answer['json']> {
    const answer = await call('POST', '/api/announcements', { as: tokens.editor, body })
    expect(answer.status, answer.text).toBe(201)
    return answer.json
  }

  describe('POST /api/announcements', () => {
    it('publishes for an editor, fills the defaults and tells where it is', async () => {
      const answer = await call('POST', '/api/announcements', {
        as: tokens.editor,
        body: { title: 'Hello', body: '# Markdown\n\u2028 stays "text" 🪸' },
      })
      expect(answer.status).toBe(201)
      expect(answer.headers.location).toBe(`/api/announcements/${answer.json.id}`)
      expect(answer.headers.etag).toMatch(/^"1\.[a-z0-9]+"$/)
      expect(answer.json).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
        title: 'Hello',
        body: '# Markdown\n\u2028 stays "text" 🪸',
        audience: 'everyone',
        pinned: false,
        startsAt: null,
        endsAt: null,
        authorId: expect.any(String),
        createdAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
        updatedAt: answer.json.createdAt,
      })
      const read = await call('GET', answer.headers.location ?? '')
      expect(read.json).toEqual(answer.json)
    })

    it('keeps times in UTC with milliseconds', async () => {
      const made = await publish({
        title: 't',
        body: '',
        startsAt: '2020-01-01T01:02:03.4567+02:00',
      })
      expect(made.startsAt).toBe('2019-12-31T23:02:03.456Z')
    })

    it.each([
      ['guest', 401],
      ['member', 403],
      ['admin', 201],
    ] as const)('answers a %s with %i', async (who, status) => {
      const body = { title: 't', body: '' }
      const answer = await call('POST', '/api/announcements', { as: tokens[who], body })
      expect(answer.status).toBe(status)
    })

    it.each([
      ['an unknown field', { title: 't', body: '', id: 'x' }, '/id'],
      ['an author of the caller’s choice', { title: 't', body: '', authorId: 'x' }, '/authorId'],
      ['a missing title', { body: '' }, '/title'],
      ['an empty title', { title: '', body: '' }, '/title'],
      ['a title of 201 characters', { title: 'x'.repeat(201), body: '' }, '/title'],
      ['a body of 20,001 characters', { title: 't', body: 'x'.repeat(20_001) }, '/body'],
      ['a number for a title', { title: 7, body: '' }, '/title'],
      ['a text for a boolean', { title: 't', body: '', pinned: 'true' }, '/pinned'],
      ['an unknown audience', { title: 't', body: '', audience: 'all' }, '/audience'],
      ['NUL', { title: 'a\0b', body: '' }, '/title'],
      ['a lone surrogate', { title: 't', body: 'a\ud800b' }, '/body'],
      ['a control character', { title: 't', body: 'a\u001bb' }, '/body'],
      ['a time that is none', { title: 't', body: '', startsAt: 'tomorrow' }, '/startsAt'],
      ['the year 0', { title: 't', body: '', startsAt: '0000-06-01T00:00:00Z' }, '/startsAt'],
      [
        'an end before its start',
        { title: 't', body: '', startsAt: inHours(2), endsAt: inHours(1) },
        '/endsAt',
      ],
    ])('refuses %s and names it', async (_what, body, pointer) => {
      const answer = await call('POST', '/api/announcements', {
        as: tokens.editor,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      expect(answer.status).toBe(400)
      expect(answer.headers['content-type']).toContain('application/problem+json')
      expect(answer.json.errors[0].pointer).toBe(pointer)
    })
  })

  describe('GET /api/announcements', () => {
    beforeAll(async () => {
      await publish({ title: 'for users', body: '', audience: 'users' })
      await publish({ title: 'for editors', body: '', audience: 'editors' })
      await publish({ title: 'not yet', body: '', startsAt: inHours(1) })
      await publish({ title: 'over', body: '', startsAt: inHours(-2), endsAt: inHours(-1) })
      await publish({ title: 'pinned', body: '', pinned: true, startsAt: inHours(-48) })
    })

    async function titles(url: string, as?: string): Promise<string[]> {
      const answer = await call('GET', url, { as })
      expect(answer.status, answer.text).toBe(200)
      return answer.json.items.map(({ title }: { title: string }) => title)
    }

    it('shows each reader what is for him, and nothing that is not shown now', async () => {
      const hidden = ['not yet', 'over']
      const guest = await titles('/api/announcements?limit=100')
      expect(guest).not.toEqual(expect.arrayContaining(['for users']))
      for (const title of [...hidden, 'for users', 'for editors'])
        expect(guest).not.toContain(title)
      const member = await titles('/api/announcements?limit=100', tokens.member)
      expect(member).toContain('for users')
      for (const title of [...hidden, 'for editors']) expect(member).not.toContain(title)
      const editor = await titles('/api/announcements?limit=100', tokens.editor)
      expect(editor).toEqual(expect.arrayContaining(['for users', 'for editors']))
      for (const title of hidden) expect(editor).not.toContain(title)
    })

    it('puts pinned ones first, then the newest start', async () => {
      const [first, ...rest] = await titles('/api/announcements?limit=100', tokens.editor)
      expect(first).toBe('pinned')
      expect(rest.slice(0, 2)).toEqual(['for editors', 'for users'])
    })

    it('shows editors all there are with active=false, and refuses it to others', async () => {
      const all = await titles('/api/announcements?active=false&limit=100', tokens.editor)
      expect(all).toEqual(expect.arrayContaining(['not yet', 'over']))
      const url = '/api/announcements?active=false'
      expect((await call('GET', url)).status).toBe(401)
      expect((await call('GET', url, { as: tokens.member })).status).toBe(403)
    })

    it('narrows to an audience, within what the reader may see', async () => {
      const url = '/api/announcements?audience=editors'
      expect(await titles(url, tokens.editor)).toEqual(['for editors'])
      expect(await titles(url, tokens.member)).toEqual([])
      expect(await titles(url)).toEqual([])
    })

    it('gives every one exactly once, page by page', async () => {
      const whole = await titles('/api/announcements?active=false&limit=1000', tokens.editor)
      const seen: string[] = []
      let next: string | null = '/api/announcements?active=false&limit=2'
      while (next !== null) {
        const page: Answer = await call('GET', next, { as: tokens.editor })
        seen.push(...page.json.items.map(({ title }: { title: string }) => title))
        const link = /<(.*)>; rel="next"/.exec(page.headers.link ?? '')
        expect(page.json.nextCursor === null).toBe(link === null)
        next = link?.[1] ?? null
      }
      expect(seen).toEqual(whole)
      expect(whole.length).toBeGreaterThan(5)
    })

    it.each([
      'limit=0',
      'limit=1001',
      'limit=-1',
      'limit=x',
      'limit=1.5',
      'limit=1&limit=2',
      'unknown=1',
      'active=maybe',
      'audience=all',
      'audience=everyone&audience=users',
      'audience=%00',
      'cursor=',
      'cursor=xxxx',
      `cursor=${Buffer.from('["announcements true ",true,"x","y"]').toString('base64url')}`,
      `cursor=${Buffer.from('["announcements true ",true,"9999-99-99T00:00:00.000Z","y"]').toString('base64url')}`,
      `cursor=${Buffer.from('["announcements true ",true,"0000-01-01T00:00:00.000Z","y"]').toString('base64url')}`,
      `cursor=${Buffer.from('["announcements true ",true,"2026-02-30T00:00:00.000Z","y"]').toString('base64url')}`,
      `cursor=${Buffer.from('["specs",true,"2026-01-01T00:00:00.000Z","y"]').toString('base64url')}`,
    ])('refuses ?%s', async (query) => {
      const answer = await call('GET', `/api/announcements?${query}`)
      expect(answer.status).toBe(400)
      expect(answer.json.status).toBe(400)
    })

    it('refuses the cursor of a list with other filters', async () => {
      const page = await call('GET', '/api/announcements?limit=1')
      const cursor = page.json.nextCursor
      const other = await call('GET', `/api/announcements?limit=1&audience=users&cursor=${cursor}`)
      expect(other.status).toBe(400)
      expect(other.json.code).toBe('invalid_cursor')
    })
  })

  describe('GET /api/announcements/:id', () => {
    it('hides what is not for the reader, or not shown now, as if it were not there', async () => {
      const forEditors = await publish({ title: 't', body: '', audience: 'editors' })
      const future = await publish({ title: 't', body: '', startsAt: inHours(1) })
      for (const { id } of [forEditors, future]) {
        for (const as of [undefined, tokens.member]) {
          const answer = await call('GET', `/api/announcements/${id}`, { as })
          expect(answer.status).toBe(404)
          expect(answer.json.code).toBe('announcement_not_found')
        }
        expect((await call('GET', `/api/announcements/${id}`, { as: tokens.editor })).status).toBe(
          200,
        )
      }
      expect((await call('GET', '/api/announcements/nothing')).status).toBe(404)
      expect((await call('GET', '/api/announcements/%00')).status).toBe(400)
    })

    it('answers HEAD, and 304 to those who have it', async () => {
      const { id } = await publish({ title: 't', body: '' })
      const head = await call('HEAD', `/api/announcements/${id}`)
      const tag = String(head.headers.etag)
      expect([head.status, head.text]).toEqual([200, ''])
      const known = await call('GET', `/api/announcements/${id}`, {
        headers: { 'if-none-match': `W/"0", W/${tag}` },
      })
      expect([known.status, known.text]).toEqual([304, ''])
    })
  })

  describe('PATCH /api/announcements/:id', () => {
    it('changes what is given, leaves the rest, and counts the revision', async () => {
      const made = await publish({ title: 'before', body: 'b', startsAt: inHours(-1) })
      const answer = await call('PATCH', `/api/announcements/${made.id}`, {
        as: tokens.editor,
        body: { title: 'after', startsAt: null },
      })
      expect(answer.status).toBe(200)
      expect(answer.headers.etag).toMatch(/^"2\.[a-z0-9]+"$/)
      expect(answer.json).toEqual({
        ...made,
        title: 'after',
        startsAt: null,
        updatedAt: answer.json.updatedAt,
      })
      expect((await call('GET', `/api/announcements/${made.id}`)).json).toEqual(answer.json)
    })

    it('holds the end against the start that is there', async () => {
      const { id } = await publish({ title: 't', body: '', startsAt: inHours(1) })
      const body = { endsAt: inHours(0.5) }
      const answer = await call('PATCH', `/api/announcements/${id}`, { as: tokens.editor, body })
      expect(answer.status).toBe(400)
      expect(answer.json.errors).toEqual([expect.objectContaining({ pointer: '/endsAt' })])
    })

    it('refuses a stale If-Match and changes nothing', async () => {
      const made = await publish({ title: 'before', body: '' })
      const patch = (etag: string, title: string) =>
        call('PATCH', `/api/announcements/${made.id}`, {
          as: tokens.editor,
          headers: { 'if-match': etag },
          body: { title },
        })
      const tag = String((await call('GET', `/api/announcements/${made.id}`)).headers.etag)
      expect((await patch(tag, 'first')).status).toBe(200)
      const stale = await patch(tag, 'second')
      expect([stale.status, stale.json.code]).toEqual([412, 'stale'])
      expect((await call('GET', `/api/announcements/${made.id}`)).json.title).toBe('first')
    })

    it('loses no update among many at once', async () => {
      const { id } = await publish({ title: '0', body: '' })
      const statuses = await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const body = { title: `${i}` }
          return (await call('PATCH', `/api/announcements/${id}`, { as: tokens.editor, body }))
            .status
        }),
      )
      expect(new Set(statuses)).toEqual(new Set([200]))
      expect((await call('GET', `/api/announcements/${id}`)).headers.etag).toMatch(/^"21\./)
    })

    it.each([
      ['guest', 401],
      ['member', 403],
    ] as const)('answers a %s with %i, whether it is there or not', async (who, status) => {
      const { id } = await publish({ title: 't', body: '' })
      for (const one of [id, 'nothing']) {
        const answer = await call('PATCH', `/api/announcements/${one}`, {
          as: tokens[who],
          body: { title: 'x' },
        })
        expect(answer.status).toBe(status)
      }
    })

    it('answers an editor 404 for what is not there, and 400 for nothing to change', async () => {
      const as = tokens.editor
      const missing = await call('PATCH', '/api/announcements/nothing', {
        as,
        body: { title: 'x' },
      })
      expect(missing.status).toBe(404)
      const { id } = await publish({ title: 't', body: '' })
      expect((await call('PATCH', `/api/announcements/${id}`, { as, body: {} })).status).toBe(400)
    })
  })

  it('never gives an ETag again for other content, also after an older state came back', async () => {
    const { id } = await publish({ title: 'before', body: '' })
    const url = `/api/announcements/${id}`
    const document = (await call('GET', '/api/export', { as: tokens.admin })).text
    const patch = (title: string) => call('PATCH', url, { as: tokens.editor, body: { title } })
    const tag = String((await patch('first')).headers.etag)
    const headers = { 'content-type': 'application/json' }
    const restored = await call('POST', '/api/import', {
      as: tokens.admin,
      body: document,
      headers,
    })
    expect(restored.status, restored.text).toBe(200)
    const other = await patch('second')
    expect(other.headers.etag).not.toBe(tag)
    expect((await call('GET', url, { headers: { 'if-none-match': tag } })).status).toBe(200)
  })

  describe('DELETE /api/announcements/:id', () => {
    it('deletes once, for editors', async () => {
      const { id } = await publish({ title: 't', body: '' })
      const url = `/api/announcements/${id}`
      expect((await call('DELETE', url)).status).toBe(401)
      expect((await call('DELETE', url, { as: tokens.member })).status).toBe(403)
      const stale = { 'if-match': '"7"' }
      expect((await call('DELETE', url, { as: tokens.editor, headers: stale })).status).toBe(412)
      expect((await call('DELETE', url, { as: tokens.editor })).status).toBe(204)
      expect((await call('GET', url, { as: tokens.editor })).status).toBe(404)
      expect((await call('DELETE', url, { as: tokens.editor })).status).toBe(404)
    })
  })
})
