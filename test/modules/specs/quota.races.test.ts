import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { unlimited } from '../../../src/modules/specs/allowance.ts'
import { publishSpec } from '../../../src/modules/specs/publish.ts'
import { quotaLock } from '../../../src/modules/specs/quota.ts'
import { changeUser, locksOfChange } from '../../../src/modules/users/change-user.ts'
import { createPostgres, databases } from '../../support/databases.ts'
import { clientOf, startApp, startService, type Service } from '../../support/service.ts'
import { trials } from '../../support/trials.ts'
import { documentOf, ownersOf } from './quota.fixture.ts'
import { openapi, specsOf } from './specs.fixture.ts'

const limits = { QUOTA_SPECS: '5' }

const times = <Result>(count: number, make: (i: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, i) => make(i)))

describe.each(databases)('a quota that many come to at once on $engine', ({ create, engine }) => {
  let services: Pick<Service, 'app' | 'call' | 'login' | 'tokenOf' | 'url'>[]
  let owners: ReturnType<typeof ownersOf>
  let editor: string

  // Two instances on one database.
  beforeAll(async () => {
    const first = await startService(create, limits)
    const app = await startApp({ DATABASE_URL: first.url, ...limits })
    await app.started
    services = [first, { app, url: first.url, ...clientOf(app) }]
    owners = ownersOf(first)
    editor = await first.tokenOf('editor')
  })

  let made = 0
  /** To one instance and the other by turns. */
  function upload(i: number, path: string, document: Buffer, as: string) {
    const service = services[i % 2] as Service
    // Slugs that differ in their number alone would wait for each other.
    const query = path === '/api/specs' ? { slug: `raced-n${++made}` } : undefined
    return specsOf(service).upload(path, document, { as, ...(query && { query }) })
  }

  const statusesOf = (answers: { status: number }[]) =>
    answers.map(({ status }) => status).sort((a, b) => a - b)
  const oneOf = (count: number) => [201, ...Array<number>(count - 1).fill(403)]

  it.each([
    ['the configuration’s', {}, 4],
    ['his own', { specs: 1 }, 0],
  ])('has room for one of fifty specs, where it is %s', async (_, quota, before) => {
    for (let trial = 0; trial < trials(1); trial++) {
      const { as, id } = await owners.newOwner('member', quota)
      for (let i = 0; i < before; i++) await upload(i, '/api/specs', openapi(`${id} ${i}`), as)
      const answers = await times(50, (i) => {
        return upload(i, '/api/specs', openapi('Raced', { text: `${id} ${i}` }), as)
      })
      expect(statusesOf(answers)).toEqual(oneOf(50))
      expect((await owners.quotaOf(id)).specs.used).toBe(before + 1)
    }
  })

  it('has room for one of fifty versions of several specs, whoever brings them', async () => {
    for (let trial = 0; trial < trials(1); trial++) {
      const { as, id } = await owners.newOwner('member', { bytes: 1000 })
      const paths: string[] = []
      for (let i = 0; i < 4; i++) {
        const { json } = await upload(i, '/api/specs', documentOf(200, `${id} ${i}`), as)
        paths.push(`/api/specs/${json.slug}/versions`)
      }
      const answers = await times(50, (i) => {
        const by = i % 3 === 0 ? editor : as
        return upload(i, paths[i % 4] ?? '', documentOf(150, `${id} more ${i}`), by)
      })
      expect(statusesOf(answers)).toEqual(oneOf(50))
      expect((await owners.quotaOf(id)).bytes.used).toBe(950)
    }
  })

  it('is kept by imports and uploads together', async () => {
    const { as, id } = await owners.newOwner('member', { specs: 10 })
    const imports = times(4, (i) =>
      (services[i % 2] as Service).call('POST', '/api/specs/import', {
        as,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(
          Array.from({ length: 4 }, (__, at) => ({
            content: openapi('Imported', { text: `${id} ${i} ${at}` }).toString(),
          })),
        ),
      }),
    )
    const uploads = times(20, (i) => {
      return upload(i, '/api/specs', openapi('Beside', { text: `${id} ${i}` }), as)
    })
    const stored =
      (await imports).filter(({ status }) => status === 200).length * 4 +
      (await uploads).filter(({ status }) => status === 201).length
    expect(stored).toBeLessThanOrEqual(10)
    expect((await owners.quotaOf(id)).specs.used).toBe(stored)
    expect([...(await imports), ...(await uploads)].map(({ status }) => status)).not.toContain(500)
  })

  it('is never gone beyond after it was lowered, by what was on its way either', async () => {
    for (let trial = 0; trial < trials(2); trial++) {
      const { as, id } = await owners.newOwner('member', { specs: 40 })
      const uploads = times(40, async (i) => {
        await pause(Math.random() * 50)
        return upload(i, '/api/specs', openapi('Lowered', { text: `${id} ${i}` }), as)
      })
      await pause(20 + Math.random() * 60)
      const { storage } = (services[1] as Service).app
      const changes = { quotaSpecs: 10 }
      const alone = locksOfChange(id, changes)
      const usedThen = await storage.unitOfWork({ alone }, async (tx) => {
        await changeUser(tx, id, changes)
        return (await tx.quotas.used(id)).specs
      })
      const stored = (await uploads).filter(({ status }) => status === 201).length
      expect(stored).toBe(Math.max(10, usedThen))
      expect((await owners.quotaOf(id)).specs).toEqual({ used: stored, limit: 10 })
    }
  })

  it('would be gone beyond by units that count without being alone, where there are several writers', async () => {
    const { id } = await owners.newOwner('member', { specs: 1 })
    const { storage, descriptions } = (services[0] as Service).app
    const documents = await times(10, (i) =>
      descriptions.check(new Uint8Array(openapi('Naive', { text: `${id} ${i}` }))),
    )
    await times(10, (i) =>
      storage.unitOfWork({}, async (tx) => {
        if ((await tx.quotas.used(id)).specs >= 1) return
        const document = documents[i]
        if (!document) throw new Error('no document')
        const about = { visibility: 'public', state: 'published', tags: [] } as const
        await pause(20)
        const slug = `naive-${i}`
        const given = { ...about, tags: [], document, slug, ownerId: id, allowance: unlimited }
        await publishSpec(tx, given)
      }),
    )
    const { used } = (await owners.quotaOf(id)).specs
    expect(used > 1).toBe(engine === 'postgres')
  })
})

/** SQLite has one writer: there, everybody waits for everybody. */
describe('a quota on postgres', () => {
  it('makes only those wait for each other who have one', async () => {
    const service = await startService(createPostgres, limits)
    const owners = ownersOf(service)
    const { upload } = specsOf(service)
    const { storage } = service.app
    const { as: limited, id } = await owners.newOwner('member', { specs: 5 })
    const { as: free, id: freeId } = await owners.newOwner('editor')
    const held = Promise.withResolvers<undefined>()
    const taken = Promise.withResolvers<undefined>()
    const holding = storage.unitOfWork({ alone: [quotaLock(id), quotaLock(freeId)] }, async () => {
      taken.resolve(undefined)
      await held.promise
    })
    await taken.promise
    let waiting = true
    const waits = upload('/api/specs', openapi('Waits'), { as: limited }).finally(
      () => (waiting = false),
    )
    expect((await upload('/api/specs', openapi('Goes on'), { as: free })).status).toBe(201)
    await pause(200)
    expect(waiting).toBe(true)
    held.resolve(undefined)
    await holding
    expect((await waits).status).toBe(201)
  })
})
