import { setTimeout as pause } from 'node:timers/promises'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { readItems } from '../../../src/modules/specs/bulk/bulk.reader.ts'

const limits = { bodyBytes: 1e6, itemBytes: 1e5 }
const pace = { patienceMs: 200, bytesPerSecond: 1000 }

/** A body of pieces that come so far from one another. */
function bodyOf(pieces: string[], ms: number): Readable {
  async function* slowly() {
    for (const piece of pieces) {
      await pause(ms)
      yield Buffer.from(piece)
    }
  }
  return Readable.from(slowly(), { objectMode: true, highWaterMark: 1 })
}

const take = () => Promise.resolve()

describe('the reader of an import of specs', () => {
  it('cuts off a sender who keeps all others waiting', async () => {
    const body = bodyOf(['[', ...Array.from({ length: 500 }, () => ' '), ']'], 20)
    const reading = readItems(body, { ...limits, pace }, take)
    await expect(reading).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(body.destroyed).toBe(true)
  })

  it('has time for one who sends enough', async () => {
    const piece = ' '.repeat(100)
    const body = bodyOf(['[', ...Array.from({ length: 20 }, () => piece), ']'], 20)
    expect(await readItems(body, { ...limits, pace }, take)).toMatch(/^[0-9a-f]{64}$/)
  })

  it('does not count what it takes to check the items', async () => {
    const items = Array.from({ length: 6 }, (_, i) => `${i > 0 ? ',' : '['}{"a":${i}}`)
    const taken: unknown[] = []
    await readItems(bodyOf([...items, ']'], 0), { ...limits, pace }, async (item) => {
      taken.push(item)
      await pause(60)
    })
    expect(taken).toHaveLength(6)
  })
})
