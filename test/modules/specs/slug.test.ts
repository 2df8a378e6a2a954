import { describe, expect, it } from 'vitest'
import { slugPattern } from '../../../src/database/tables/spec.tables.ts'
import { freeName, slugOf } from '../../../src/modules/specs/slug.ts'

describe('a slug from a title', () => {
  it.each([
    ['Museum API', 'museum-api'],
    ['  Über-Straße & Cie. (v2.0)  ', 'uber-strasse-cie-v2-0'],
    ['東京', 'spec'],
    ['', 'spec'],
    ['x'.repeat(100), 'x'.repeat(70)],
    [`${'x'.repeat(60)} ${'y'.repeat(30)}`, 'x'.repeat(60)],
    [`${'x'.repeat(70)} y`, 'x'.repeat(70)],
  ])('is of %s %s', (title, slug) => {
    expect(slugOf(title)).toBe(slug)
    expect(slug).toMatch(slugPattern)
  })
})

describe('a free name', () => {
  async function find(name: string, isTaken: (name: string) => boolean) {
    let questions = 0
    const free = await freeName(name, '-', (names) => {
      questions++
      return Promise.resolve(new Set(names.filter(isTaken)))
    })
    return { free, questions }
  }
  const upTo = (most: number) => (name: string) =>
    name === 'a' || Number(/^a-(\d+)$/.exec(name)?.[1] ?? Infinity) <= most

  it.each([
    ['none is taken', () => false, 'a'],
    ['the name is', (name: string) => name === 'a', 'a-2'],
    ['there is a gap', (name: string) => name !== 'a-5', 'a-5'],
    ['sixteen are', upTo(16), 'a-17'],
    ['a hundred thousand are', upTo(100_000), 'a-100001'],
  ])('where %s', async (_when, isTaken, free) => {
    const found = await find('a', isTaken)
    expect(found.free).toBe(free)
    expect(found.questions).toBeLessThan(25)
  })
})
