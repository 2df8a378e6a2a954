import { describe, expect, it } from 'vitest'
import { compareBytes } from '../../src/portability/format/byte-order.ts'
import { createIdSet } from '../../src/portability/import/check/id-set.ts'
import { createJsonReader } from '../../src/portability/import/source/json-reader.ts'
import { isTimestamp } from '../../src/timestamp.ts'
import { inChunks } from './portability.fixture.ts'
import { texts, times } from './rows.fixture.ts'

describe('the order of ids', () => {
  it('is that of their bytes, for every pair', () => {
    const all = [...texts, 'a', 'aa', 'b', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}']
    for (const a of all) {
      for (const b of all) {
        const expected = Buffer.compare(Buffer.from(a), Buffer.from(b))
        expect(Math.sign(compareBytes(a, b)), JSON.stringify([a, b])).toBe(expected)
      }
    }
  })
})

describe('the set of ids', () => {
  it('has what was added, and nothing else, however much it grew', () => {
    const set = createIdSet()
    const id = (number: number) => `0189-${number.toString(16)}`
    for (let number = 0; number < 50_000; number++) set.add(id(number * 2))
    for (let number = 0; number < 100_000; number++) {
      expect(set.has(id(number))).toBe(number % 2 === 0)
    }
  })
})

describe('a time', () => {
  it('is one when JavaScript writes it the same way, and its year is not 0', () => {
    for (const time of times) expect(isTimestamp(time), time).toBe(true)
    for (let trial = 0; trial < 20_000; trial++) {
      const two = (below: number) => String(Math.floor(Math.random() * below)).padStart(2, '0')
      const year = String(Math.floor(Math.random() * 10_000)).padStart(4, '0')
      const text = `${year}-${two(14)}-${two(33)}T${two(25)}:${two(61)}:${two(61)}.0${two(100)}Z`
      const date = new Date(text)
      const valid = !Number.isNaN(date.getTime()) && date.toISOString() === text && year !== '0000'
      expect(isTimestamp(text), text).toBe(valid)
    }
  })
})

describe('the reader of JSON', () => {
  const elements = ['{"a":[1,{"b":"]}\\""}]}', '"x,]"', '-1.5e3', 'true', 'null', '[]', '"\\\\"']

  it('finds the same elements however the bytes are cut', async () => {
    const bytes = Buffer.from(` [ ${elements.join(' ,\n')}\t] `)
    for (let size = 1; size <= bytes.length; size++) {
      const reader = createJsonReader(inChunks(bytes, size))
      const found: string[] = []
      for await (const batch of reader.elements(100)) {
        found.push(...batch.map((element) => element.toString()))
      }
      expect(found, `in pieces of ${size}`).toEqual(elements)
      await reader.end()
    }
  })

  it('hands elements on chunk by chunk, not all at its end', async () => {
    const bytes = Buffer.from(
      `[${Array.from({ length: 10_000 }, (_, at) => `{"n":${at}}`).join()}]`,
    )
    let longest = 0
    for await (const batch of createJsonReader(inChunks(bytes, 1000)).elements(100)) {
      longest = Math.max(longest, batch.length)
    }
    expect(longest).toBeLessThan(130)
  })

  it('never takes a value that is longer than it may be', async () => {
    const long = Buffer.from(`["${'x'.repeat(200)}"]`)
    for (const size of [1, 50, 1000]) {
      const read = async () => {
        for await (const batch of createJsonReader(inChunks(long, size)).elements(100)) void batch
      }
      await expect(read()).rejects.toMatchObject({ code: 'import_row' })
    }
  })
})
