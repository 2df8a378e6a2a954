import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { startService, type Service } from '../../support/service.ts'
import { complete, specs } from '../../support/specs.ts'
import { report, trials } from '../../support/trials.ts'
import { specsOf } from './specs.fixture.ts'

const invalid = specs('invalid')

/** On a machine that does much else. */
const slowestMs = 5_000

describe.each(databases)('broken and hostile documents on $engine', ({ create }) => {
  let service: Service
  let as: string

  beforeAll(async () => {
    service = await startService(create)
    as = await service.login()
  })

  it('are all there', () => {
    expect(invalid.length).toBeGreaterThan(5)
    if (complete) expect(invalid).toHaveLength(35)
  })

  it('are answered as their index says, again and again, and leave nothing behind', async () => {
    const { call, app } = service
    const { upload } = specsOf(service)
    let slowest = { file: '', ms: 0 }
    for (let round = 0; round < trials(1); round++) {
      for (const { file, content, sha256, media, answer: wanted } of invalid) {
        const slug = `bad-${round}-${file.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`.slice(0, 80)
        const startedAt = performance.now()
        const answer = await upload('/api/specs', content, {
          as,
          query: { slug: slug.replace(/-$/, '') },
          type: `application/${media}`,
        })
        const ms = performance.now() - startedAt
        if (ms > slowest.ms) slowest = { file, ms }
        expect(ms, file).toBeLessThan(slowestMs)
        const about = `${file}: ${answer.status} ${answer.text.slice(0, 200)}`
        if (wanted === 'stored') {
          expect(answer.status, about).toBe(201)
          expect((await call('DELETE', `/api/specs/${answer.json.slug}`, { as })).status).toBe(204)
        } else {
          expect(answer.status, about).toBe(422)
          expect(answer.headers['content-type']).toContain('application/problem+json')
          expect(answer.json.code, about).toMatch(/^[a-z0-9_]+$/)
          expect(answer.json.detail.length, about).toBeGreaterThan(20)
          expect(await app.storage.specs.bySlug(slug)).toBeUndefined()
        }
        expect(await app.storage.documents.content(sha256), file).toBeUndefined()
      }
    }
    report(`${app.database.engine}: the slowest of the invalid documents`, slowest)
  }, 600_000)
})
