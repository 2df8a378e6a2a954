import { afterAll, describe, expect, it } from 'vitest'
import { createChecker } from '../../src/descriptions/checker.ts'
import { DescriptionError } from '../../src/descriptions/description.errors.ts'
import { report, trials } from '../support/trials.ts'
import { corpus, type Hostile } from './hostile.fixture.ts'

const warnings: object[] = []
const checker = createChecker({
  maxBytes: 16 << 20,
  log: { warn: (details) => warnings.push(details) },
})
const times: { name: string; ms: number }[] = []

async function answerTo({ document }: Hostile): Promise<string> {
  try {
    const { description } = await checker.check(new Uint8Array(Buffer.from(document as string)))
    return description.valid === false ? 'invalid' : 'stored'
  } catch (error) {
    if (error instanceof DescriptionError) return error.code
    throw error
  }
}

const patience = 20_000 + 10_000 * trials(1)

describe('a hostile document', () => {
  const before = process.memoryUsage().rss

  afterAll(async () => {
    await checker.close()
    times.sort((a, b) => b.ms - a.ms)
    const grown = Math.round((process.memoryUsage().rss - before) / 1e6)
    report('hostile documents', { documents: corpus.length, grown, slowest: times.slice(0, 8) })
  })

  it.each(corpus)(
    'is answered: $name',
    async (hostile) => {
      for (let round = 0; round < trials(1); round++) {
        const begun = performance.now()
        const answer = await answerTo(hostile)
        times.push({ name: hostile.name, ms: Math.round(performance.now() - begun) })
        expect([hostile.answer].flat()).toContain(answer)
      }
    },
    patience,
  )

  it('is refused before the thread has to be ended for it', () => {
    expect(warnings).toEqual([])
  })

  it('leaves the process as it was', () => {
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    expect(Object.prototype).not.toHaveProperty('polluted')
  })

  it('is followed by others that are checked as ever', async () => {
    const answer = await answerTo({
      name: '',
      document: 'swagger: "2.0"\ninfo: {title: T, version: "1"}\npaths: {}\n',
      answer: 'stored',
    })
    expect(answer).toBe('stored')
  })
})
