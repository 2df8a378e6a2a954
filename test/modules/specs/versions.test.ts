import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { startService, type Answer, type Service } from '../../support/service.ts'
import { openapi, specsOf } from './specs.fixture.ts'

const states = ['draft', 'published', 'deprecated', 'withdrawn'] as const

describe.each(databases)('versions of a spec on $engine', ({ create }) => {
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

  /** A spec with versions 1, 2, … in these states. Gives its address. */
  async function specWith(wanted: readonly (typeof states)[number][], query = {}): Promise<string> {
    const slug = `spec-${count++}`
    const url = `/api/specs/${slug}`
    for (const [i, state] of wanted.entries()) {
      const document = openapi(`Spec ${slug}`, { version: `${i + 1}` })
      const options = {
        as: tokens.owner,
        query: { state: state === 'draft' ? state : 'published' },
      }
      const answer =
        i === 0
          ? await upload('/api/specs', document, {
              ...options,
              query: { ...options.query, ...query, slug },
            })
          : await upload(`${url}/versions`, document, options)
      expect(answer.status, answer.text).toBe(201)
      if (state === 'deprecated' || state === 'withdrawn') await become(url, `${i + 1}`, state)
    }
    return url
  }

  function become(
    url: string,
    version: string,
    state: string,
    as: string | undefined = tokens.owner,
  ) {
    return call('PATCH', `${url}/versions/${version}`, { as, body: { state } })
  }

  async function names(url: string, as?: string): Promise<string[]> {
    const answer = await call('GET', url, { as })
    expect(answer.status, answer.text).toBe(200)
    return answer.json.items.map(({ version }: { version: string }) => version)
  }

  const latest = async (url: string) =>
    (await call('GET', url, { as: tokens.owner })).json.latest?.version ?? null

  describe('GET /api/specs/:slug/versions', () => {
    it('lists the newest first, drafts for those who may change the spec', async () => {
      const url = `${await specWith(['published', 'deprecated', 'withdrawn', 'draft'])}/versions`
      for (const who of ['guest', 'member'] as const)
        expect(await names(url, tokens[who])).toEqual(['3', '2', '1'])
      for (const who of ['owner', 'editor', 'admin'] as const)
        expect(await names(url, tokens[who])).toEqual(['4', '3', '2', '1'])
    })

    it('gives all of them page by page, and no page to another list', async () => {
      const url = await specWith(['published', 'draft', 'published', 'draft', 'published'])
      const seen: string[] = []
      let next: string | null = `${url}/versions?limit=2`
      while (next !== null) {
        const page: Answer = await call('GET', next, { as: tokens.owner })
        seen.push(...page.json.items.map(({ version }: { version: string }) => version))
        next = /<(.*)>; rel="next"/.exec(page.headers['link'] ?? '')?.[1] ?? null
        expect(page.json.nextCursor === null).toBe(next === null)
      }
      expect(seen).toEqual(['5', '4', '3', '2', '1'])
      const first = await call('GET', `${url}/versions?limit=2`, { as: tokens.owner })
      const cursor = String(first.json.nextCursor)
      for (const [list, as] of [
        [url, undefined],
        [await specWith(['published']), tokens.owner],
      ] as const) {
        const answer = await call('GET', `${list}/versions?cursor=${cursor}`, { as })
        expect([answer.status, answer.json.code]).toEqual([400, 'invalid_cursor'])
      }
    })

    it.each([
      'limit=0',
      'limit=1001',
      'limit=x',
      'cursor=',
      'cursor=xxxx',
      'sort=new',
      'limit=1&limit=1',
    ])('refuses ?%s', async (query) => {
      const url = await specWith(['published'])
      expect((await call('GET', `${url}/versions?${query}`)).status).toBe(400)
    })

    it('hides those of a spec that the reader may not see', async () => {
      const url = await specWith(['published'], { visibility: 'private' })
      for (const who of ['guest', 'member'] as const) {
        const answer = await call('GET', `${url}/versions`, { as: tokens[who] })
        expect([answer.status, answer.json.code]).toEqual([404, 'spec_not_found'])
      }
    })
  })

  describe('GET /api/specs/:slug/versions/:version', () => {
    it('shows each reader what is for him', async () => {
      const url = await specWith(['published', 'deprecated', 'withdrawn', 'draft'])
      for (const who of ['guest', 'member', 'owner', 'editor', 'admin'] as const) {
        const statuses = []
        for (const name of ['1', '2', '3', '4', 'latest', '5']) {
          const answer = await call('GET', `${url}/versions/${name}`, { as: tokens[who] })
          statuses.push(answer.status)
          if (answer.status === 404) expect(answer.json.code).toBe('version_not_found')
        }
        const draft = ['guest', 'member'].includes(who) ? 404 : 200
        expect(statuses, who).toEqual([200, 200, 200, draft, 200, 404])
      }
    })

    it('knows no latest while all are drafts', async () => {
      const url = await specWith(['draft'])
      const answer = await call('GET', `${url}/versions/latest`, { as: tokens.owner })
      expect([answer.status, answer.json.code]).toEqual([404, 'version_not_found'])
    })

    it('takes names with slashes, percent signs and letters of any kind', async () => {
      const url = await specWith(['published'])
      for (const name of ['v1/beta', '100%', 'ä ö', 'a?b#c', '+1', '日本']) {
        const added = await upload(`${url}/versions`, openapi('T', { version: name }), {
          as: tokens.owner,
        })
        expect(added.json.version).toBe(name)
        const read = await call('GET', `${url}/versions/${encodeURIComponent(name)}`)
        expect(read.json).toEqual(added.json)
        const document = await call('GET', `${added.headers['location']}/document`)
        expect(document.status, name).toBe(200)
      }
    })
  })

  describe('PATCH /api/specs/:slug/versions/:version', () => {
    it.each(states.flatMap((from) => states.map((to) => [from, to] as const)))(
      'makes of one that is %s one that is %s, or does not',
      async (from, to) => {
        const url = await specWith([from])
        const before = (await call('GET', url, { as: tokens.owner })).headers['etag']
        const answer = await become(url, '1', to)
        const forward = states.indexOf(to) >= states.indexOf(from)
        expect(answer.status, answer.text).toBe(forward ? 200 : 409)
        expect(forward ? answer.json.state : answer.json.code).toBe(
          forward ? to : 'invalid_transition',
        )
        const read = await call('GET', `${url}/versions/1`, { as: tokens.owner })
        expect(read.json.state).toBe(forward ? to : from)
        const after = (await call('GET', url, { as: tokens.owner })).headers['etag']
        expect(after === before).toBe(!forward || from === to)
      },
    )

    it('moves latest: the newest that is published, else the newest that is deprecated', async () => {
      const url = await specWith(['published', 'published', 'draft'])
      expect(await latest(url)).toBe('2')
      await become(url, '3', 'published')
      expect(await latest(url)).toBe('3')
      await become(url, '3', 'deprecated')
      expect(await latest(url)).toBe('2')
      await become(url, '1', 'deprecated')
      await become(url, '2', 'withdrawn')
      expect(await latest(url)).toBe('3')
      await become(url, 'latest', 'withdrawn')
      expect(await latest(url)).toBe('1')
      await become(url, '1', 'withdrawn')
      expect(await latest(url)).toBeNull()
      expect((await call('GET', url)).json).toMatchObject({
        latest: null,
        title: expect.any(String),
      })
    })

    it('shows a spec to everybody with its first version that is no draft', async () => {
      const url = await specWith(['draft'])
      expect((await call('GET', url)).status).toBe(404)
      await become(url, '1', 'published')
      expect((await call('GET', url)).json.latest.version).toBe('1')
    })

    it.each([
      ['guest', 401, 401],
      ['member', 403, 404],
      ['owner', 200, 200],
      ['editor', 200, 200],
      ['admin', 200, 200],
    ] as const)('answers a %s with %i, of a private spec with %i', async (who, open, hidden) => {
      for (const [visibility, status] of [
        ['public', open],
        ['private', hidden],
      ] as const) {
        const url = await specWith(['published'], { visibility })
        const answer = await call('PATCH', `${url}/versions/1`, {
          as: tokens[who],
          body: { state: 'deprecated' },
        })
        expect(answer.status).toBe(status)
      }
    })

    it.each([{}, { state: 'gone' }, { state: null }, { state: 'published', version: '2' }])(
      'refuses %j',
      async (body) => {
        const url = await specWith(['published'])
        const answer = await call('PATCH', `${url}/versions/1`, { as: tokens.owner, body })
        expect(answer.status).toBe(400)
      },
    )

    it('answers 404 for a version that is not there', async () => {
      const url = await specWith(['draft'])
      for (const name of ['2', 'latest'])
        expect((await become(url, name, 'published')).status).toBe(404)
    })
  })
})
