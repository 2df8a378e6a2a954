import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { databases, type TestDatabase } from '../../support/databases.ts'
import { startService, type Service } from '../../support/service.ts'
import { openapi, specsOf } from './specs.fixture.ts'

describe.each(databases)('downloads on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let as: string
  let database: TestDatabase
  let count = 0

  beforeAll(async () => {
    database = await create()
    service = await startService(() => Promise.resolve(database))
    call = service.call
    as = await service.login()
  })
  // Without waiting for it.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  async function publish() {
    const slug = `downloaded-${count++}`
    const answer = await specsOf(service).upload('/api/specs', openapi('T'), {
      as,
      query: { slug },
    })
    expect(answer.status).toBe(201)
    return `/api/specs/${slug}`
  }

  const downloadsOf = async (url: string) => (await call('GET', url)).json.downloads as number

  /** The time passes after which they are written. */
  const pass = () => vi.advanceTimersByTimeAsync(10_000)

  const become = (url: string, wanted: number) =>
    vi.waitFor(async () => expect(await downloadsOf(url)).toBe(wanted), 5_000)

  it('count answers to GET that hand out the document, some seconds later', async () => {
    const url = await publish()
    const document = `${url}/versions/latest/document`
    const before = await call('GET', url)
    const { etag } = (await call('GET', document)).headers
    await specsOf(service).download(document, { headers: { 'accept-encoding': 'gzip' } })
    await call('GET', `${url}/versions/1/document`)
    await call('HEAD', document)
    await call('GET', document, { headers: { 'if-none-match': String(etag) } })
    await call('GET', `${url}/versions/9/document`)
    expect(await downloadsOf(url)).toBe(0)
    await pass()
    await become(url, 3)
    const after = await call('GET', url)
    expect(after.headers['etag']).toBe(before.headers['etag'])
    expect(after.json).toEqual({ ...before.json, downloads: 3 })
  })

  it('are written together, and kept when that fails', async () => {
    const [one, other] = [await publish(), await publish()]
    const unitOfWork = vi
      .spyOn(service.app.storage, 'unitOfWork')
      .mockRejectedValueOnce(new Error('the database is away'))
    for (const url of [one, one, other]) await call('GET', `${url}/versions/latest/document`)
    await pass()
    expect(unitOfWork).toHaveBeenCalledTimes(1)
    expect(await downloadsOf(one)).toBe(0)
    await call('GET', `${one}/versions/latest/document`)
    await pass()
    await become(one, 3)
    expect(await downloadsOf(other)).toBe(1)
    expect(unitOfWork).toHaveBeenCalledTimes(2)
  })

  it('of a spec that is gone are forgotten, and others with them are not', async () => {
    const [gone, stays] = [await publish(), await publish()]
    for (const url of [gone, stays]) await call('GET', `${url}/versions/latest/document`)
    expect((await call('DELETE', gone, { as })).status).toBe(204)
    await pass()
    await become(stays, 1)
  })

  it('are written at the end', async () => {
    const url = await publish()
    for (let i = 0; i < 5; i++) await call('GET', `${url}/versions/latest/document`)
    expect(await downloadsOf(url)).toBe(0)
    vi.useRealTimers()
    await service.app.close()
    service = await startService(() => Promise.resolve(database))
    call = service.call
    expect(await downloadsOf(url)).toBe(5)
  })
})
