import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseDocument } from '../../src/descriptions/reading/document.ts'
import { specs } from '../support/specs.ts'

function read(text: string): unknown {
  return parseDocument(Buffer.from(text)).root
}

describe('what is made of YAML', () => {
  it.each(specs('real').filter(({ media }) => media === 'yaml'))(
    'is what the library makes of $file',
    (spec) => {
      const text = spec.content.toString()
      expect(parseDocument(spec.content).root).toEqual(
        parse(text, { version: '1.2', schema: 'core', maxAliasCount: -1, uniqueKeys: false }),
      )
    },
  )

  it.each([
    ['a: 1.0\nb: 0x10\nc: 010\nd: 1e3', { a: 1, b: 16, c: 10, d: 1000 }],
    ['a: yes\nb: on\nc: true\nd: ~\ne:', { a: 'yes', b: 'on', c: true, d: null, e: null }],
    ['a: 2020-01-01\nb: 1:30\nc: 1_000', { a: '2020-01-01', b: '1:30', c: '1_000' }],
    ['200: a\ntrue: b\nnull: c\n1.50: d', { 200: 'a', true: 'b', '': 'c', '1.5': 'd' }],
    ['a: &x [1]\nb: *x', { a: [1], b: [1] }],
    ['a: &x 1\nb: &x 2\nc: *x', { a: 1, b: 2, c: 2 }],
    ['&k a: 1\nb: *k', { a: 1, b: 'a' }],
    ['a: !!str 1\nb: !!int "1"\nc: ! 1', { a: '1', b: 1, c: '1' }],
    ['a: [b: 1, c]', { a: [{ b: 1 }, 'c'] }],
    ["{a: 1, 'b': [2, {c: 3}], }", { a: 1, b: [2, { c: 3 }] }],
    ['a: >\n  b\n  c\nd: |+\n  e\n\n', { a: 'b c\n', d: 'e\n\n' }],
    ['--- # one\na: 1\n...\n', { a: 1 }],
    ['%YAML 1.1\n---\na: yes\nb: 010', { a: 'yes', b: 10 }],
  ])('of %j is plain values', (text, value) => {
    expect(read(text)).toEqual(value)
  })

  it('has what a merge key merges, the own keys first', () => {
    const text =
      'a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 3\nd: {"<<": 1}\n'
    expect(read(text)).toEqual({
      a: { x: 1, y: 1 },
      b: { y: 2, z: 2 },
      c: { x: 3, y: 1, z: 2 },
      d: { '<<': 1 },
    })
  })

  it('has keys called __proto__ as keys, and no other prototype', () => {
    const value = read('a: {__proto__: {b: 1}}\n') as { a: object }
    expect(Object.keys(value.a)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(value.a)).toBe(Object.prototype)
  })

  it('gives an alias the value that it names, not a copy', () => {
    const { a, b } = read('a: &x {c: 1}\nb: *x\n') as { a: object; b: object }
    expect(b).toBe(a)
  })
})
