import { describe, expect, it } from 'vitest'
import { findJsonFault } from '../../src/descriptions/reading/json.fault.ts'
import { versionInJson } from '../../src/descriptions/reading/json.parse.ts'
import { scanJson } from '../../src/descriptions/reading/json.scan.ts'
import { fixtures } from '../support/specs.ts'
import { trials } from '../support/trials.ts'

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const own = Array.isArray(value) ? 0 : Object.keys(value).length
  return Object.values(value).reduce<number>((sum, inner) => sum + membersOf(inner), own)
}

/** The same numbers on every run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const sample =
  '{"a": [1, -2.5e+3, true, null, "x\\u00e9\\n"], "b": {"c": {}, "d": []}, "e": "\\"", "f": 0}'

describe('the search for what is wrong with a JSON text', () => {
  it.each([
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ['{"a":1 "b":2}', 7],
    ['[1,]', 3],
    ['{"a":tru}', 5],
    ['{"a":01}', 6],
    ['{a:1}', 1],
    ['{"a":"b', 5],
    ['{"a":"\n"}', 6],
    ['{"a":"\\x"}', 6],
    ['{"a":1}}', 7],
    ['{"a":[1}', 7],
    ['', 0],
    ['{"a":', 5],
  ])('finds it in %j', (text, offset) => {
    expect(findJsonFault(text)).toMatchObject({ code: 'not_parsable', offset })
  })

  it('finds a key that stands twice, however it is written', () => {
    expect(findJsonFault('{"a":{"b":1,"\\u0062":2}}')).toMatchObject({
      code: 'duplicate_key',
      offset: 12,
    })
    expect(findJsonFault('{"a":{"b":1},"b":2,"c":[{"b":1},{"b":1}]}')).toBeNull()
  })

  it('agrees with the parser on every text with one character changed', () => {
    const random = createRandom(7)
    for (let round = 0; round < trials(1) * 20_000; round++) {
      const at = random(sample.length)
      const by =
        ['', '"', '\\', '{', '}', '[', ']', ',', ':', '0', 'e', '-', ' ', '\n', 'x'][random(15)] ??
        ''
      const text = sample.slice(0, at) + by + sample.slice(at + random(2))
      const fault = findJsonFault(text)
      const expected = parses(text)
      if (fault?.code === 'duplicate_key') continue
      expect([text, fault === null]).toEqual([text, expected])
    }
  })
})

describe('the scan of a JSON text', () => {
  it.each(fixtures('real').filter(({ media }) => media === 'json'))(
    'counts the members of $file',
    (spec) => {
      expect(scanJson(spec.content)).toBe(membersOf(JSON.parse(spec.content.toString())))
    },
  )

  it('is not misled by what stands in strings', () => {
    expect(scanJson(Buffer.from('{"{[:,\\"\\\\":"}]:,\\\\"}'))).toBe(1)
    expect(scanJson(Buffer.from(`{"a":"${'['.repeat(100)}"}`))).toBe(1)
  })

  it('takes 64 levels, and refuses 65', () => {
    expect(scanJson(Buffer.from('['.repeat(64) + ']'.repeat(64)))).toBe(0)
    expect(() => scanJson(Buffer.from('['.repeat(65) + ']'.repeat(65)))).toThrow(/64/)
  })

  it('takes 10,000 keys in each object, and refuses 10,001', () => {
    const object = (count: number) =>
      `{${Array.from({ length: count }, (_, index) => `"${index}":0`).join(',')}}`
    expect(scanJson(Buffer.from(`[${object(10_000)},${object(10_000)}]`))).toBe(20_000)
    expect(() => scanJson(Buffer.from(object(10_001)))).toThrow(/10000 keys/)
  })

  it('takes 1,000,000 values, and refuses one more', () => {
    const array = (count: number) => Buffer.from(`[${'0,'.repeat(count - 2)}[]]`)
    expect(scanJson(array(1_000_000))).toBe(0)
    expect(() => scanJson(array(1_000_001))).toThrow(/1000000 values/)
  })
})

describe('a version that is a number', () => {
  it.each([
    ['{"info":{"version":1.10}}', '1.10'],
    ['{"info":{"version":1e400}}', '1e400'],
    ['{"version":7,"x":{"version":3},"info":{"version":2.0,"x":{"version":4}}}', '2.0'],
  ])('stays as it is written in %s', (text, version) => {
    expect(versionInJson(text)).toBe(version)
  })
})
