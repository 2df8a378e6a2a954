import { describe, expect, it } from 'vitest'
import { fold } from '../../src/search/fold.ts'
import { parseQuery } from '../../src/search/query.ts'
import { titleKeyOf, tokenize, tokensOf } from '../../src/search/tokens.ts'

describe('fold', () => {
  it.each([
    ['Straße', 'strasse'],
    ['ÉCOLE', 'ecole'],
    ['e\u0301cole', 'ecole'],
    ['ＡＰＩ ﬁle №', 'api file no'],
    ['ΣΊΣΥΦΟΣ σίσυφος', 'σισυφοσ σισυφοσ'],
    ['İstanbul ISTANBUL', 'istanbul istanbul'],
    ['Đại học', 'đai hoc'],
    ['हिन्दी', 'हिन्दी'],
    ['東京 ガイド', '東京 ガイド'],
    ['한국어', '한국어'],
  ])('makes %s %s', (text, folded) => expect(fold(text)).toBe(folded))

  it('leaves what is folded as it is, whatever the character of the planes that have letters', () => {
    const changed: string[] = []
    for (let point = 0; point <= 0x1ffff; point++) {
      if (point >= 0xd800 && point <= 0xdfff) continue
      const once = fold(`a${String.fromCodePoint(point)}b`)
      if (fold(once) !== once) changed.push(point.toString(16))
    }
    expect(changed).toEqual([])
  })
})

describe('tokenize', () => {
  it.each([
    ['/v1/users/{userId}/api-keys', ['v1', 'users', 'user', 'id', 'api', 'keys']],
    ['getHTTPServerStatus', ['get', 'http', 'server', 'status']],
    ['OAuth2Token v2Beta', ['o', 'auth2', 'token', 'v2', 'beta']],
    ['PayPal PAYPAL', ['pay', 'pal', 'paypal']],
    ["L’été à 100% – don't", ['l', 'ete', 'a', '100', 'don', 't']],
    ['ÉtéÀParis', ['ete', 'a', 'paris']],
    ['東京API', ['東京', 'api']],
    ['❤️ 1️⃣ 🏛 --- " \' \\ *', ['1']],
    ['½ ² Ⅷ', ['1', '2', '2', 'viii']],
    ['', []],
  ])('makes of %s %j', (text, tokens) => {
    if (text.startsWith('東京')) expect(tokenize(text).join('')).toBe(tokens.join(''))
    else expect(tokenize(text)).toEqual(tokens)
  })

  it('cuts a word to 64 characters, not in the middle of one', () => {
    expect(tokenize('𝒳'.repeat(70).normalize('NFC'))).toEqual(['x'.repeat(64)])
    expect(tokenize('𐐨'.repeat(70))).toEqual(['𐐨'.repeat(64)])
  })
})

const spec = {
  slug: 'museum-api',
  title: 'Museum API',
  summary: 'Opening hours',
  tags: ['art'],
  format: 'openapi-3.1' as const,
}
const operation = (path: string, operationId: string | null, summary: string | null) => ({
  method: 'get',
  path,
  operationId,
  summary,
  tags: ['never'],
  deprecated: false,
})

describe('the tokens of a spec', () => {
  it('are those of its slug, title, tags, summary and operations, each once, with the filters', () => {
    const tokens = tokensOf(spec, [operation('/tickets/{id}', 'buyTicket', 'Buy a ticket')])
    expect(tokens).toEqual(
      ['format:openapi-3.1', 'tag:art', 'museum', 'api', 'art', 'opening', 'hours'].concat([
        'tickets',
        'id',
        'buy',
        'ticket',
        'a',
      ]),
    )
  })

  it('end at 8,000 and at 500,000 bytes, and begin with what describes the spec', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => operation(`/p${i}`, null, null))
    expect(tokensOf(spec, many)).toHaveLength(8_000)
    const long = Array.from({ length: 8_000 }, (_, i) =>
      operation(`/${'𐐨'.repeat(60)}${i}`, null, null),
    )
    const tokens = tokensOf(spec, long)
    const bytes = Buffer.byteLength(tokens.join(' '))
    expect(bytes).toBeGreaterThan(450_000)
    expect(bytes).toBeLessThan(510_000)
    expect(tokens).toContain('museum')
  })
})

describe('a query', () => {
  it.each([
    ['museum', { whole: [], prefix: 'museum' }],
    ['Musée TICK', { whole: ['musee'], prefix: 'tick' }],
    ['petId ', { whole: ['pet'], prefix: 'id' }],
    ['a a a', { whole: ['a'], prefix: 'a' }],
    ['tag:art', { whole: ['tag'], prefix: 'art' }],
    ['NEAR("x" OR y*)', { whole: ['near', 'x', 'or'], prefix: 'y' }],
    ['🏛 "*\'', undefined],
  ])('%s asks for %j', (q, wanted) => expect(parseQuery(q)).toEqual(wanted))
})

describe('what titles are sorted by', () => {
  it.each([
    ['  The  Élysée – API! ', 'the elysee api'],
    ['PayPal', 'paypal'],
    ['🏛', ''],
    ['x'.repeat(50), 'x'.repeat(40)],
    [`${'x'.repeat(39)} y`, 'x'.repeat(39)],
  ])('is of %s %s', (title, key) => expect(titleKeyOf(title)).toBe(key))
})
