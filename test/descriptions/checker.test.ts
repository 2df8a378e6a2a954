import { afterEach, describe, expect, it } from 'vitest'
import { type Checker, type CheckerOptions, createChecker } from '../../src/descriptions/checker.ts'

const checkers: Checker[] = []
let warnings: object[] = []

function create(options: Partial<CheckerOptions> = {}): Checker {
  const log = { warn: (details: object) => warnings.push(details) }
  const checker = createChecker({ maxBytes: 16 << 20, log, ...options })
  checkers.push(checker)
  return checker
}

afterEach(async () => {
  warnings = []
  for (const checker of checkers.splice(0)) await checker.close()
})

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

function small(title = 'T'): Uint8Array<ArrayBuffer> {
  return bytes(`{"openapi":"3.0.3","info":{"title":"${title}","version":"1"},"paths":{}}`)
}

/** Legal, and some tenths of a second of processor time. */
function large(count = 4000): Uint8Array<ArrayBuffer> {
  const lines = Array.from(
    { length: count },
    (_, index) => `x-${index}: {a: 1, b: [c, d, "e"], f: {g: 1.5, h: null}}`,
  )
  return bytes(
    `openapi: 3.0.3\ninfo: {title: Large, version: 1.0}\npaths: {}\n${lines.join('\n')}\n`,
  )
}

/** A legal JSON document of many objects. */
function wide(): Uint8Array<ArrayBuffer> {
  return bytes(
    `{"openapi":"3.0.3","info":{"title":"W","version":"1"},"paths":{},"x-a":[${'{"a":[],"b":{}},'.repeat(250_000)}1]}`,
  )
}

/** The threads of this process, as its own report lists them. */
function threads(): number {
  return (process.report.getReport() as unknown as { workers: unknown[] }).workers.length
}

describe('the checker', () => {
  it('gives what is known of a document, and its bytes compressed', async () => {
    const checked = await create().check(small())
    expect(checked).toEqual({
      sha256: expect.stringMatching(/^[\da-f]{64}$/),
      bytes: small().length,
      content: expect.any(Buffer),
      description: {
        format: 'openapi-3.0',
        mediaType: 'application/json',
        title: 'T',
        summary: null,
        version: '1',
        valid: true,
        findings: [],
        operations: [],
      },
    })
  })

  it('takes a part of a buffer, and leaves the rest of it alone', async () => {
    const whole = new Uint8Array(1000).fill(0x20)
    whole.set(small(), 100)
    const checked = await create().check(whole.subarray(100, 100 + small().length))
    expect(checked.bytes).toBe(small().length)
    expect(whole.length).toBe(1000)
  })

  it('refuses what is longer than it takes, and takes what is not', async () => {
    await expect(create({ maxBytes: small().length - 1 }).check(small())).rejects.toMatchObject({
      code: 'too_large',
    })
    await expect(create({ maxBytes: small().length }).check(small())).resolves.toMatchObject({
      bytes: small().length,
    })
  })

  it('answers in the order of asking, one at a time', async () => {
    const checker = create()
    const order: string[] = []
    const asked = [large(), small('a'), bytes('nothing'), small('b')].map((document) =>
      checker.check(document).then(
        ({ description }) => order.push(description.title),
        (error: { code: string }) => order.push(error.code),
      ),
    )
    await Promise.all(asked)
    expect(order).toEqual(['Large', 'a', 'not_a_description', 'b'])
  })

  it('starts no thread before the first document', () => {
    const before = threads()
    create()
    expect(threads()).toBe(before)
  })

  it('ends its thread when nothing comes, and starts another for the next', async () => {
    const before = threads()
    const checker = create({ idleMs: 100 })
    await checker.check(small())
    expect(threads()).toBe(before + 1)
    await expect.poll(() => threads(), { timeout: 5000 }).toBe(before)
    await expect(checker.check(small('again'))).resolves.toMatchObject({
      description: { title: 'again' },
    })
  })

  it('refuses who waits when it is closed, and who comes later', async () => {
    const checker = create()
    const asked = [large(), small(), small()].map((document) => checker.check(document))
    const settled = Promise.allSettled(asked)
    await checker.close()
    expect((await settled).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'rejected',
    ])
    await expect(checker.check(small())).rejects.toThrow('closed')
  })
})

describe('a document that takes too much', () => {
  it('of processor time is refused, and the next is checked', async () => {
    const checker = create({ limits: { processorMs: 400 } })
    const asked = [checker.check(large(9900)), checker.check(small())]
    await expect(asked[0]).rejects.toMatchObject({
      code: 'too_complex',
      message: expect.stringContaining('processor time'),
    })
    await expect(asked[1]).resolves.toMatchObject({ description: { title: 'T' } })
    expect(warnings).toMatchObject([{ bytes: large(9900).length, err: { code: 'too_complex' } }])
  })

  it('of memory is refused, and the next is checked', async () => {
    const checker = create({ limits: { heapMegabytes: 24 } })
    const asked = [checker.check(wide()), checker.check(small())]
    await expect(asked[0]).rejects.toMatchObject({
      code: 'too_complex',
      message: expect.stringContaining('memory'),
    })
    await expect(asked[1]).resolves.toMatchObject({ description: { title: 'T' } })
  })

  it('of time on the clock is refused, and the next is checked', async () => {
    const checker = create({ limits: { wallMs: 150 } })
    await expect(checker.check(large())).rejects.toMatchObject({
      code: 'too_complex',
      message: expect.stringContaining('more time'),
    })
    const patient = create({ limits: { wallMs: 30_000 } })
    await expect(patient.check(small())).resolves.toMatchObject({ description: { title: 'T' } })
  })

  it('is taken where the limits are as they are meant', async () => {
    const checker = create()
    await expect(checker.check(large())).resolves.toMatchObject({ description: { version: '1.0' } })
    await expect(checker.check(wide())).resolves.toMatchObject({ description: { title: 'W' } })
    expect(warnings).toEqual([])
  })
})

describe('the processor time of a document', () => {
  it('is its own: those that went before do not count', async () => {
    const checker = create({ limits: { processorMs: 1200 } })
    for (let round = 0; round < 12; round++)
      await checker
        .check(large().slice(0, 120_000 + round))
        .catch((error: { code: string }) => expect(error.code).toBe('not_parsable'))
    expect(warnings).toEqual([])
  })
})
