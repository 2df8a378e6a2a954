import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { startService, type Service } from '../../support/service.ts'
import { trials } from '../../support/trials.ts'
import { openapi, sha256, specsOf } from './specs.fixture.ts'

const times = <Result>(count: number, make: (i: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, i) => make(i)))

describe.each(databases)('specs written by many at once on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let upload: ReturnType<typeof specsOf>['upload']
  let as: string

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    ;({ upload } = specsOf(service))
    as = await service.login()
  })

  const statusesOf = (answers: { status: number }[]) =>
    answers.map(({ status }) => status).sort((a, b) => a - b)

  it('give a slug to one of fifty', async () => {
    const query = { slug: 'wanted' }
    const answers = await times(50, (i) =>
      upload('/api/specs', openapi('Wanted', { text: `${i}` }), { as, query }),
    )
    expect(statusesOf(answers)).toEqual([201, ...Array<number>(49).fill(409)])
    const winner = answers.find(({ status }) => status === 201)
    expect((await call('GET', '/api/specs/wanted')).json).toEqual(winner?.json)
    // Of those who lost, nothing is left.
    for (const i of Array(50).keys()) {
      const id = sha256(openapi('Wanted', { text: `${i}` }))
      const kept = (await service.app.storage.documents.content(id)) !== undefined
      expect(kept).toBe(winner?.json.latest.sha256 === id)
    }
  })

  it('give twenty specs of one title twenty slugs, one of which somebody asks for', async () => {
    const answers = await times(20, (i) =>
      upload('/api/specs', openapi('One title', { text: `${i}` }), {
        as,
        ...(i === 10 && { query: { slug: 'one-title-2' } }),
      }),
    )
    expect(new Set(statusesOf(answers.filter((_, i) => i !== 10)))).toEqual(new Set([201]))
    const slugs = answers.filter(({ status }) => status === 201).map(({ json }) => json.slug)
    expect(new Set(slugs).size).toBe(slugs.length)
    expect(slugs.length).toBeGreaterThanOrEqual(19)
  })

  it('make one version of the same bytes', async () => {
    await upload('/api/specs', openapi('First'), { as, query: { slug: 'same' } })
    const document = openapi('Second', { version: '2' })
    const answers = await times(20, () => upload('/api/specs/same/versions', document, { as }))
    expect(statusesOf(answers)).toEqual([...Array<number>(19).fill(200), 201])
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1)
    const versions = await call('GET', '/api/specs/same/versions')
    expect(versions.json.items).toHaveLength(2)
    expect((await call('GET', '/api/specs/same')).headers['etag']).toMatch(/^"2\./)
  })

  it('number versions of one name, and lose none', async () => {
    await upload('/api/specs', openapi('Numbers'), { as, query: { slug: 'numbers' } })
    const answers = await times(20, (i) =>
      upload('/api/specs/numbers/versions', openapi('Numbers', { text: `${i}` }), { as }),
    )
    expect(new Set(statusesOf(answers))).toEqual(new Set([201]))
    const { json } = await call('GET', '/api/specs/numbers/versions?limit=100')
    const names: string[] = json.items.map(({ version }: { version: string }) => version)
    const wanted = ['1', ...Array.from({ length: 20 }, (_, i) => `1+${i + 2}`)]
    expect(new Set(names)).toEqual(new Set(wanted))
    expect(names).toHaveLength(wanted.length)
    const spec = await call('GET', '/api/specs/numbers')
    expect(spec.json.latest.version).toBe(names[0])
    expect(spec.headers['etag']).toMatch(/^"21\./)
  })

  it('answer an Idempotency-Key that comes ten times at once with one spec', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const answers = await times(10, () => upload('/api/specs', openapi('Once'), { as, headers }))
    expect(new Set(statusesOf(answers))).toEqual(new Set([201]))
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1)
    expect(await service.app.storage.specs.bySlug('once-2')).toBeUndefined()
  })

  it('keep a document that one takes while another lets go of it, and lose it with the last', async () => {
    const { storage } = service.app
    for (const round of Array(trials(10)).keys()) {
      const shared = openapi('Shared', { text: `round ${round}` })
      const id = sha256(shared)
      const first = await upload('/api/specs', shared, { as, query: { slug: `first-${round}` } })
      expect(first.status).toBe(201)
      const [added, removed] = await Promise.all([
        upload('/api/specs', shared, { as, query: { slug: `second-${round}` } }),
        call('DELETE', `/api/specs/first-${round}`, { as }),
      ])
      expect([added.status, removed.status]).toEqual([201, 204])
      expect(await storage.documents.content(id), 'dangling').toBeDefined()
      const url = `/api/specs/second-${round}`
      expect((await call('GET', `${url}/versions/latest/document`)).status).toBe(200)
      await call('DELETE', url, { as })
      expect(await storage.documents.content(id), 'an orphan').toBeUndefined()
    }
  })

  it('delete a spec with the versions that it gets meanwhile', async () => {
    const { storage } = service.app
    for (const round of Array(trials(10)).keys()) {
      const slug = `busy-${round}`
      await upload('/api/specs', openapi('Busy'), { as, query: { slug } })
      const late = Array.from({ length: 4 }, (_, i) => openapi('Late', { text: `${round} ${i}` }))
      const [removed, ...added] = await Promise.all([
        call('DELETE', `/api/specs/${slug}`, { as }),
        ...late.map((document) => upload(`/api/specs/${slug}/versions`, document, { as })),
      ])
      expect([204, 409]).toContain(removed?.status)
      for (const { status } of added) expect([201, 404]).toContain(status)
      if (removed?.status === 409) await call('DELETE', `/api/specs/${slug}`, { as })
      for (const document of late)
        expect(await storage.documents.content(sha256(document)), 'an orphan').toBeUndefined()
    }
  })

  it('go through states one after the other', async () => {
    await upload('/api/specs', openapi('States'), { as, query: { slug: 'states', state: 'draft' } })
    const states = ['published', 'deprecated', 'withdrawn', 'published', 'deprecated']
    const answers = await times(states.length, (i) =>
      call('PATCH', '/api/specs/states/versions/1', { as, body: { state: states[i] } }),
    )
    for (const { status } of answers) expect([200, 409]).toContain(status)
    const version = await call('GET', '/api/specs/states/versions/1', { as })
    expect(version.json.state).toBe('withdrawn')
    expect((await call('GET', '/api/specs/states')).json.latest).toBeNull()
  })
})
