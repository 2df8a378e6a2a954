import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { startService, type Answer, type Service } from '../../support/service.ts'
import { complete, specs, type Spec } from '../../support/specs.ts'
import { sha256, specsOf } from './specs.fixture.ts'

/** In their series' order, as their publishers published them. */
const real = specs('real').sort(
  (a, b) =>
    (a.series ?? a.file).localeCompare(b.series ?? b.file) ||
    (a.series_order ?? 0) - (b.series_order ?? 0),
)
const typeOf = ({ media }: Spec) => `application/${media}`

interface Stored {
  spec: Spec
  slug: string
  version: Answer['json']
}

describe.each(databases)('real API descriptions on $engine', ({ create }) => {
  let service: Service
  let download: ReturnType<typeof specsOf>['download']
  const stored: Stored[] = []

  beforeAll(async () => {
    service = await startService(create)
    const { upload, download: read } = specsOf(service)
    download = read
    const as = await service.login()
    const slugs = new Map<string, string>()
    for (const spec of real) {
      const series = spec.series ?? spec.file
      const known = slugs.get(series)
      const path = known === undefined ? '/api/specs' : `/api/specs/${known}/versions`
      const answer = await upload(path, spec.content, { as, type: typeOf(spec) })
      expect(answer.status, `${spec.file}: ${answer.text}`).toBe(201)
      const slug = known ?? answer.json.slug
      slugs.set(series, slug)
      const version = known === undefined ? answer.json.latest : answer.json
      stored.push({ spec, slug, version })
    }
  }, 240_000)

  it('takes all of them', () => {
    expect(stored).toHaveLength(real.length)
    if (complete) expect(stored).toHaveLength(122)
    expect(new Set(stored.map(({ slug, version }) => `${slug} ${version.version}`)).size).toBe(
      real.length,
    )
  })

  it('hands out the bytes that were sent, as they are and gzipped', async () => {
    for (const { spec, slug, version } of stored) {
      const url = `/api/specs/${slug}/versions/${encodeURIComponent(version.version)}/document`
      const plain = await download(url)
      expect(plain.status, spec.file).toBe(200)
      expect(sha256(plain.bytes), spec.file).toBe(spec.sha256)
      expect(plain.headers['content-type']).toBe(typeOf(spec))
      expect(plain.headers['etag']).toBe(`"${spec.sha256}"`)
      const packed = await download(url, { headers: { 'accept-encoding': 'gzip' } })
      expect(packed.headers['content-encoding']).toBe('gzip')
      expect(sha256(gunzipSync(packed.bytes)), spec.file).toBe(spec.sha256)
      expect(packed.headers['etag']).toBe(`"${spec.sha256}-gzip"`)
    }
  }, 60_000)

  it('knows of them what their index does', () => {
    const differences: string[] = []
    for (const { spec, version } of stored) {
      const seen = {
        format: version.format,
        sha256: version.sha256,
        bytes: version.bytes,
        mediaType: version.mediaType,
        ...(spec.operations !== null && { operations: version.operations }),
      }
      const wanted = {
        format: spec.format,
        sha256: spec.sha256,
        bytes: spec.bytes,
        mediaType: typeOf(spec),
        ...(spec.operations !== null && { operations: spec.operations }),
      }
      for (const key of Object.keys(wanted) as (keyof typeof wanted)[]) {
        if (seen[key] !== wanted[key])
          differences.push(`${spec.file} ${key}: ${seen[key]}, not ${wanted[key]}`)
      }
      if (version.valid !== spec.schema_valid)
        differences.push(`${spec.file} valid: ${version.valid}, not ${spec.schema_valid}`)
      const name = version.version.replace(/\+\d+$/, '')
      if (name !== spec.version)
        differences.push(`${spec.file} version: ${name}, not ${spec.version}`)
    }
    expect(differences).toEqual([])
  })

  it('calls each spec what its last document calls itself', async () => {
    const last = new Map(stored.map((one) => [one.slug, one]))
    for (const { slug, spec, version } of last.values()) {
      const { json } = await service.call('GET', `/api/specs/${slug}`)
      expect(json.title, spec.file).toBe(spec.title)
      expect(json.format).toBe(version.format)
      expect(json.latest).toEqual(version)
    }
  })
})
