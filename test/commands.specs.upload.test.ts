import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pushFiles } from '../src/commands/specs/files.push.ts'
import type { FoundFile } from '../src/commands/specs/files.walk.ts'
import { ConnectionBrokenError, PushEndedError } from '../src/commands/specs/push.errors.ts'
import type { ServiceAnswer, ServiceRequest } from '../src/commands/specs/service.client.ts'
import { uploadSpec } from '../src/commands/specs/spec.upload.ts'

let file: FoundFile
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-upload-'))
  file = { path: 'a.json', file: join(folder, 'a.json'), bytes: 2 }
  writeFileSync(file.file, '{}')
})
afterAll(() => rmSync(folder, { recursive: true }))

type Step = [status: number, json?: unknown] | Error

/** A service that answers with one step after another. */
function serviceOf(...steps: Step[]) {
  const requests: ServiceRequest[] = []
  const send = (request: ServiceRequest): Promise<ServiceAnswer> => {
    requests.push(request)
    const step = steps.shift()
    if (step instanceof Error) return Promise.reject(step)
    const [status, json] = step ?? [500]
    return Promise.resolve({ status, json })
  }
  return { send, requests }
}

const upload = (service: ReturnType<typeof serviceOf>, found = file) =>
  uploadSpec(found, 'a', { service, userId: 'me', query: { visibility: 'public' }, run: 'run' })

const taken = { code: 'slug_taken', detail: 'There is one.' }
const full = { code: 'quota_exceeded', detail: 'There is no room.' }
const sha256 = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'

describe('the upload of a file', () => {
  it('sends nothing when the latest version has its bytes and is the caller’s', async () => {
    const service = serviceOf([200, { ownerId: 'me', latest: { version: '1', sha256 } }])
    expect(await upload(service)).toMatchObject({ fate: 'unchanged', version: '1' })
    expect(service.requests).toHaveLength(1)
  })

  it('adds a version to a spec that came to be while it was sent', async () => {
    const service = serviceOf([404], [409, taken], [201, { version: '1.0.0' }])
    expect(await upload(service)).toMatchObject({ fate: 'new version', version: '1.0.0' })
    expect(service.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/specs/a',
      'POST /api/specs?slug=a&visibility=public',
      'POST /api/specs/a/versions',
    ])
    // A key stands for one request, never for two.
    const [, one, other] = service.requests.map(({ document }) => document?.idempotencyKey)
    expect(one).not.toBe(other)
  })

  it.each<[string, Step[], object]>([
    ['is refused a slug that it may not see', [[404], [409, taken], [404]], { fate: 'refused' }],
    ['is refused for its bytes', [[404], [422, taken]], { fate: 'refused', ...taken }],
    ['has no room for a new spec', [[404], [403, full]], { fate: 'refused', ...full }],
    ['has no room for a version', [[404], [409, taken], [403, full]], { fate: 'refused', ...full }],
    ['fails with the service', [[404], [500]], { fate: 'failed', code: 'status_500' }],
    ['fails when the disk is full', [[404], [507, taken]], { fate: 'failed', ...taken }],
    ['fails where the spec cannot be read', [[500]], { fate: 'failed', code: 'status_500' }],
    [
      'fails when it breaks each connection',
      [[404], new ConnectionBrokenError(new Error('reset'))],
      { fate: 'failed', code: 'connection_broken' },
    ],
    ['is told without words that are none', [[404], [418, 'tea']], { code: 'status_418' }],
  ])('%s', async (_, steps, outcome) => {
    expect(await upload(serviceOf(...steps))).toMatchObject({
      path: 'a.json',
      slug: 'a',
      ...outcome,
    })
  })

  it('fails when the file has gone meanwhile', async () => {
    const gone = { ...file, file: join(folder, 'gone.json') }
    expect(await upload(serviceOf(), gone)).toMatchObject({ fate: 'failed', code: 'unreadable' })
  })

  it('does not read a file of more than 16 MiB', async () => {
    const huge = { ...file, file: join(folder, 'none'), bytes: 2 ** 24 + 1 }
    expect(await upload(serviceOf(), huge)).toMatchObject({ code: 'file_too_large' })
  })

  it('ends the push when its user may add no specs', async () => {
    const refused = upload(serviceOf([404], [403, { detail: 'The quota is used up.' }]))
    await expect(refused).rejects.toThrow('may not do that (403): The quota is used up.')
  })
})

describe('a push that ends before it is through', () => {
  const options = {
    parallel: 2,
    query: {},
    stop: new AbortController().signal,
    onStart: () => undefined,
    onOutcome: () => undefined,
  }
  const files = ['a', 'b', 'c', 'd'].map((name) => ({ path: `${name}.json`, file: '', bytes: 2 }))
  const walk = () => ({
    files: files.map((each) => ({ ...each, file: file.file })),
    unreadable: [],
  })

  it('tells which files are unfinished, in their order', async () => {
    const service = serviceOf(
      [200, { id: 'me' }],
      [200, { ownerId: 'me', latest: { version: '1', sha256 } }],
      new PushEndedError('away', 75),
      [200, { ownerId: 'me', latest: { version: '1', sha256 } }],
    )
    const { outcomes, ended } = await pushFiles(walk(), { ...options, service })
    expect(outcomes.map(({ path }) => path)).toEqual(['a.json', 'b.json', 'c.json', 'd.json'])
    expect(outcomes.filter(({ fate }) => fate === 'unfinished').length).toBeGreaterThan(1)
    expect(ended).toMatchObject({ message: 'away', exitCode: 75 })
  })

  it('begins nothing when it is stopped', async () => {
    const service = serviceOf([200, { id: 'me' }])
    const stop = AbortSignal.abort()
    const { outcomes } = await pushFiles(walk(), { ...options, service, stop })
    expect(outcomes.map(({ fate }) => fate)).toEqual(files.map(() => 'unfinished'))
  })

  it('raises when what answers is no Holdfast', async () => {
    const service = serviceOf([404])
    await expect(pushFiles(walk(), { ...options, service })).rejects.toThrow('no Holdfast')
  })
})
