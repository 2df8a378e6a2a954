import { randomUUID } from 'node:crypto'
import { request as send } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../support/databases.ts'
import { memoryOf, startProcess, type ServiceProcess } from '../support/process.ts'
import { report, trials } from '../support/trials.ts'
import { cage, canCage } from './cage.fixture.ts'

const mebibyte = 2 ** 20
const limit = 512 * mebibyte
const size = 8 * mebibyte
const uploads = trials(12)

/** Of 8 MiB all: one text, many small values, many operations. Cheap to send, for they share all but their beginning. */
const endings = [
  'x'.repeat(size),
  `"},"paths":{},"x-values":[${'12345678,'.repeat(size / 9)}`,
  `"},"paths":{${Array.from({ length: 9_000 }, (_, i) => `"/p${i}":{"get":{"summary":"${'s'.repeat(830)}","responses":{"200":{"description":"d"}}}},`).join('')}`,
].map((text) => Buffer.from(text))
const closings = ['"},"paths":{}}', '0]}', '"/last":{}}}']

/** A document of its own, in two pieces. */
function documentOf(i: number): Buffer[] {
  const kind = i % endings.length
  const start = Buffer.from(
    `{"openapi":"3.1.0","info":{"title":"Large ${i}","version":"1","description":"${randomUUID()}`,
  )
  const closing = Buffer.from(closings[kind] ?? '')
  const ending = endings[kind] ?? Buffer.alloc(0)
  const room = size - start.length - closing.length
  // Where the last value, or the last operation, ends.
  const mark = [undefined, ',', '}},'][kind]
  const cut = mark === undefined ? room : ending.lastIndexOf(mark, room - mark.length) + mark.length
  return [start, ending.subarray(0, cut), closing]
}

/** Sends a document slowly enough for an answer to come before its end. Gives the status; 0 for none. */
function upload(service: ServiceProcess, token: string, pieces: Buffer[]): Promise<number> {
  return new Promise((resolve) => {
    let status = 0
    const request = send(`${service.origin}/api/specs`, {
      method: 'POST',
      agent: false,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': pieces.reduce((sum, { length }) => sum + length, 0),
      },
    })
    request.on('response', (answer) => {
      status = answer.statusCode ?? 0
      answer.resume()
    })
    request.on('error', () => undefined)
    request.on('close', () => resolve(status))
    for (const piece of pieces) request.write(piece)
    request.end()
  })
}

describe.each(databases)(`${uploads} uploads of 8 MiB at once on $engine`, ({ engine, create }) => {
  let service: ServiceProcess
  let token: string
  let held: ReturnType<typeof cage> | undefined

  beforeAll(async () => {
    const { url } = await create()
    service = await startProcess({
      DATABASE_URL: url,
      NODE_OPTIONS: '--max-old-space-size=256 --max-semi-space-size=2',
    })
    await service.ready()
    token = await service.login()
    if (canCage) held = cage(service.pid, limit)
  })
  afterAll(async () => {
    await service.stop()
    held?.remove()
  })

  it('are taken or sent away with 503, while others are answered and 512 MB suffice', async () => {
    const before = memoryOf(service.pid).now
    let going = true
    const asked: { status: number; ms: number }[] = []
    const asking = (async () => {
      while (going) {
        for (const path of ['/health', '/api/announcements'])
          asked.push(await service.call('GET', path, { timeoutMs: 10_000 }))
        await pause(100)
      }
    })()

    const startedAt = performance.now()
    const statuses = await Promise.all(
      Array.from({ length: uploads }, (_, i) => upload(service, token, documentOf(i))),
    )
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10
    going = false
    await asking

    const counts = Map.groupBy(statuses, (status) => status)
    const { peak, now } = memoryOf(service.pid)
    const mebibytes = (bytes: number) => Math.round(bytes / mebibyte)
    report(`${uploads} uploads of 8 MiB, ${engine}`, {
      statuses: Object.fromEntries([...counts].map(([status, { length }]) => [status, length])),
      seconds,
      idleMiB: mebibytes(before),
      peakMiB: mebibytes(peak),
      afterwardsMiB: mebibytes(now),
      ...(held && { cageMiB: mebibytes(held.peak()) }),
      slowestOtherMs: Math.round(Math.max(...asked.map(({ ms }) => ms))),
      others: asked.length,
    })
    expect(service.ended()).toBeUndefined()
    for (const status of statuses) expect([201, 503]).toContain(status)
    expect(counts.get(201)?.length).toBeGreaterThan(0)
    for (const { status } of asked) expect(status).toBe(200)
    expect(peak).toBeLessThan(limit)
    const again = await upload(service, token, documentOf(0))
    expect(again).toBe(201)
  }, 300_000)
})
