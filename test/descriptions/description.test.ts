import { describe, expect, it } from 'vitest'
import { checkDocument } from '../../src/descriptions/check.ts'
import { clean } from '../../src/descriptions/deriving/clean.ts'
import type { Description } from '../../src/descriptions/description.ts'

function check(text: string): Description {
  return checkDocument(new TextEncoder().encode(text)).description
}

function withInfo(info: object): Description {
  return check(JSON.stringify({ openapi: '3.0.3', info, paths: {} }))
}

describe('derived text', () => {
  it.each([
    ['a\u0000b\u202ec\u200dd\ufeffe', 'abcde'],
    ['  a \t\r\n\u00a0\u2003 b  ', 'a b'],
    ['a\ud800b', 'ab'],
    ['caf\u00e9 \u{1f600}', 'caf\u00e9 \u{1f600}'],
    ['\u0007\u001b[31mred', '[31mred'],
    ['a\u2028b\u0085c', 'a b c'],
    ['\u200b\u2060\u00ad', ''],
  ])('of %j is %j', (text, cleaned) => {
    expect(clean(text, 100)).toBe(cleaned)
  })

  it('is cut by characters, with an ellipsis', () => {
    expect(clean('\u{1f600}'.repeat(10), 10)).toBe('\u{1f600}'.repeat(10))
    expect(clean('\u{1f600}'.repeat(11), 10)).toBe(`${'\u{1f600}'.repeat(9)}\u2026`)
    expect(clean('a'.repeat(5_000_000), 10)).toBe(`${'a'.repeat(9)}\u2026`)
  })
})

describe('the title', () => {
  it('is empty where there is none that is a text', () => {
    expect(withInfo({ version: '1' }).title).toBe('')
    expect(withInfo({ title: { a: 1 }, version: '1' }).title).toBe('')
  })

  it('has at most 200 characters', () => {
    expect(withInfo({ title: 't'.repeat(1000), version: '1' }).title).toHaveLength(200)
  })
})

describe('the version', () => {
  it.each([
    ['openapi: 3.0.3\ninfo: {title: T, version: 1.0}\npaths: {}', '1.0'],
    ['openapi: 3.0.3\ninfo: {title: T, version: 1.10}\npaths: {}', '1.10'],
    ['openapi: 3.0.3\ninfo: {title: T, version: 0x10}\npaths: {}', '0x10'],
    ['openapi: 3.0.3\ninfo: {title: T, version: 2024-01-01}\npaths: {}', '2024-01-01'],
    ['openapi: 3.0.3\ninfo: {title: T, version: true}\npaths: {}', 'true'],
    ['openapi: 3.0.3\ninfo: {title: T, version: ~}\npaths: {}', null],
    ['openapi: 3.0.3\ninfo: {title: T}\npaths: {}', null],
    ['openapi: 3.0.3\ninfo: {title: T, version: " .. "}\npaths: {}', null],
    ['openapi: 3.0.3\ninfo: {title: T, version: [1]}\npaths: {}', null],
    ['{"openapi":"3.0.3","info":{"title":"T","version":1.10},"paths":{}}', '1.10'],
    ['{"openapi":"3.0.3","info":{"title":"T","version":1e400},"paths":{}}', '1e400'],
    ['{"openapi":"3.0.3","info":{"title":"T","version":" v 1\\n"},"paths":{}}', 'v 1'],
    ['{"openapi":"3.0.3","info":{"title":"T","version":"\\u200b"},"paths":{}}', null],
  ])('in %j is %j', (text, version) => {
    expect(check(text).version).toBe(version)
  })
})

describe('the summary', () => {
  it.each([
    [{ summary: 'S', description: 'D' }, 'S'],
    [
      { description: '# Heading\n\n![logo](a.png)\n\nFirst *line*\nof **it**.\n\nSecond.' },
      'First line of it.',
    ],
    [
      { description: 'See [the guide](https://example.com/a_b) and `code`.' },
      'See the guide and code.',
    ],
    [{ description: '<p>Text with <b>tags</b>.</p>' }, 'Text with tags.'],
    [{ description: 'At <https://example.com>.' }, 'At https://example.com.'],
    [{ description: '- one\n- two' }, 'one two'],
    [{ description: 'snake_case_names and 2 * 3 * 4' }, 'snake_case_names and 2 * 3 * 4'],
    [{ description: '# Heading only' }, null],
    [{ description: 7 }, null],
    [{}, null],
  ])('of %j is %j', (info, summary) => {
    expect(withInfo({ title: 'T', version: '1', ...info }).summary).toBe(summary)
  })
})

describe('the operations', () => {
  it('are those of the paths, in their order', () => {
    const paths = {
      '/b': {
        post: { operationId: 'x', summary: ' S\n', tags: ['t', 't', '', 7], deprecated: true },
        get: {},
      },
      '/a': { parameters: [], summary: 's', 'x-a': {}, query: {}, trace: { deprecated: 'yes' } },
      'x-b': { get: 1 },
    }
    const { operations } = check(
      JSON.stringify({ openapi: '3.1.0', info: {}, paths, webhooks: { w: { get: {} } } }),
    )
    const plain = { operationId: null, summary: null, tags: [], deprecated: false }
    expect(operations).toEqual([
      { method: 'post', path: '/b', operationId: 'x', summary: 'S', tags: ['t'], deprecated: true },
      { method: 'get', path: '/b', ...plain },
      { method: 'trace', path: '/a', ...plain },
      { method: 'get', path: 'x-b', ...plain },
    ])
  })

  it('of OpenAPI 3.2 are also queries and others', () => {
    const paths = { '/a': { query: {}, additionalOperations: { COPY: { operationId: 'c' } } } }
    const { operations } = check(JSON.stringify({ openapi: '3.2.0', info: {}, paths }))
    expect(operations.map(({ method, operationId }) => [method, operationId])).toEqual([
      ['query', null],
      ['copy', 'c'],
    ])
  })

  it('of AsyncAPI 2 are what is published and subscribed', () => {
    const channels = {
      'a/b': { subscribe: { operationId: 's', tags: [{ name: 't' }] }, publish: {}, bindings: {} },
    }
    const { operations } = check(JSON.stringify({ asyncapi: '2.6.0', info: {}, channels }))
    expect(operations).toMatchObject([
      { method: 'subscribe', path: 'a/b', operationId: 's', tags: ['t'] },
      { method: 'publish', path: 'a/b', operationId: null },
    ])
  })

  it('of AsyncAPI 3 stand by themselves, and lead to a channel', () => {
    const operations = {
      one: { action: 'send', channel: { $ref: '#/channels/c' } },
      two: { action: 'receive', channel: { $ref: '#/channels/d' } },
      three: { $ref: '#/components/operations/o' },
    }
    const channels = { c: { address: 'c/{id}' }, d: { address: null } }
    const components = { operations: { o: { action: 'send', channel: { $ref: '#/channels/c' } } } }
    const description = check(
      JSON.stringify({ asyncapi: '3.0.0', info: {}, channels, operations, components }),
    )
    expect(description.operations).toMatchObject([
      { method: 'send', path: 'c/{id}', operationId: 'one' },
      { method: 'receive', path: 'd', operationId: 'two' },
      { method: 'send', path: 'c/{id}', operationId: 'three' },
    ])
  })
})

describe('the format', () => {
  it.each([
    ['{"openapi":"3.0.0"}', 'openapi-3.0'],
    ['{"openapi":"3.1.1-rc1"}', 'openapi-3.1'],
    ['openapi: 3.2.0', 'openapi-3.2'],
    ['swagger: "2.0"', 'swagger-2.0'],
    ['asyncapi: 1.2.0', 'asyncapi-1.2'],
    ['asyncapi: 2.6.0', 'asyncapi-2.6'],
    ['asyncapi: 3.1.0', 'asyncapi-3.1'],
  ])('of %j is %s', (text, format) => {
    expect(check(text).format).toBe(format)
  })

  it.each([
    'openapi: 3.1',
    'openapi: "3.1"',
    'openapi: 3.3.0',
    'swagger: 2.0',
    'swagger: "2.0.0"',
    'swagger: "1.2"',
    'asyncapi: 4.0.0',
    'asyncapi: 2.7.0',
    'openapi: [3.1.0]',
    'openapi:',
  ])('of %j is not known', (text) => {
    expect(() => check(text)).toThrow(expect.objectContaining({ code: 'unsupported_format' }))
  })
})
