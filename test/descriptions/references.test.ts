import { describe, expect, it } from 'vitest'
import { checkDocument } from '../../src/descriptions/check.ts'
import type { Description } from '../../src/descriptions/description.ts'

function check(document: object): Description {
  return checkDocument(new TextEncoder().encode(JSON.stringify(document))).description
}

const info = { title: 'T', version: '1' }

/** A description with one schema in it, and whatever that refers to. */
function withSchema(schema: object, more: object = {}): Description {
  const components = { schemas: { a: schema, b: { type: 'string' } } }
  return check({ openapi: '3.1.0', info, paths: {}, components, ...more })
}

describe('a reference', () => {
  it('that leads to something is no finding', () => {
    const { valid, findings } = withSchema({ $ref: '#/components/schemas/b' })
    expect({ valid, findings }).toEqual({ valid: true, findings: [] })
  })

  it('that leads to nothing makes the document invalid, and is named', () => {
    const { valid, findings } = withSchema({ items: { $ref: '#/components/schemas/c' } })
    expect(valid).toBe(false)
    expect(findings).toEqual([
      {
        pointer: '/components/schemas/a/items/$ref',
        message: 'This refers to "#/components/schemas/c", and nothing is there.',
      },
    ])
  })

  it('that leaves the document leaves open whether it is valid', () => {
    const { valid, findings } = withSchema({ $ref: 'other.yaml#/b' })
    expect(valid).toBeNull()
    expect(findings).toEqual([
      {
        pointer: '/components/schemas/a/$ref',
        message:
          'This refers to "other.yaml#/b", which is outside the document and is not fetched.',
      },
    ])
  })

  it('that leaves an invalid document does not make it better', () => {
    expect(withSchema({ $ref: 'other.yaml#/b' }, { wrong: 1 }).valid).toBe(false)
  })

  it.each([
    ['/', '/~1a~1{b}/get', '#/paths/~1a~1%7Bb%7D/get'],
    ['percent', '/~1a~1{b}/get', '#/paths/%2Fa%2F%7Bb%7D/get'],
  ])('is decoded: %s', (_, __, $ref) => {
    const paths = { '/a/{b}': { get: { responses: {} } } }
    const found = withSchema({ $ref }, { paths }).findings.filter(({ pointer }) =>
      pointer.endsWith('$ref'),
    )
    expect(found.length).toBe($ref.includes('%2F') ? 1 : 0)
  })

  it.each([
    [{ $anchor: 'x', items: { $ref: '#x' } }],
    [{ $id: 'https://example.com/s', items: { $ref: 'https://example.com/s' } }],
    [{ $id: 'https://example.com/s', $defs: { c: {} }, items: { $ref: '#/$defs/c' } }],
    [{ items: { $ref: '#' } }],
  ])('may lead to a name that a schema gives itself: %j', (schema) => {
    expect(withSchema(schema)).toMatchObject({ valid: true, findings: [] })
  })

  it.each([
    [{ example: { $ref: '#/nothing' } }],
    [{ examples: [{ $ref: '#/nothing' }] }],
    [{ enum: [{ $ref: '#/nothing' }] }],
    [{ const: { a: { $ref: '#/nothing' } } }],
    [{ default: { $ref: '#/nothing' } }],
    [{ 'x-own': { $ref: '#/nothing' } }],
    [{ properties: { $ref: { type: 'string' } } }],
  ])('is none where it is a value or a name: %j', (schema) => {
    expect(withSchema(schema)).toMatchObject({ valid: true, findings: [] })
  })

  it.each([
    [{ properties: { example: { $ref: '#/nothing' } } }],
    [{ properties: { enum: { $ref: '#/nothing' }, default: {} } }],
    [{ $defs: { const: { items: { $ref: '#/nothing' } } } }],
    [{ allOf: [{ not: { $ref: '#/nothing' } }] }],
  ])('is one under names that are keywords elsewhere: %j', (schema) => {
    expect(withSchema(schema)).toMatchObject({
      valid: false,
      findings: [{ message: /nothing is there/ }],
    })
  })

  it('to an example is one, and what the example holds is none', () => {
    const examples = { a: { $ref: '#/components/examples/b' }, c: { value: { $ref: '#/nothing' } } }
    const content = { 'application/json': { examples } }
    const paths = { '/a': { get: { responses: { default: { description: '', content } } } } }
    const components = { examples: { b: { value: 1 } } }
    expect(check({ openapi: '3.0.0', info, paths, components })).toMatchObject({
      valid: true,
      findings: [],
    })
    expect(check({ openapi: '3.0.0', info, paths })).toMatchObject({ valid: false })
  })

  it('in a circle of references alone never comes to an end', () => {
    const schemas = {
      a: { $ref: '#/components/schemas/b' },
      b: { $ref: '#/components/schemas/a' },
      c: { $ref: '#/components/schemas/a' },
    }
    const { valid, findings } = check({
      openapi: '3.0.0',
      info,
      paths: {},
      components: { schemas },
    })
    expect(valid).toBe(false)
    expect(findings.map(({ pointer }) => pointer)).toEqual([
      '/components/schemas/a/$ref',
      '/components/schemas/b/$ref',
      '/components/schemas/c/$ref',
    ])
  })

  it('in a circle through properties is ordinary, through allOf is noted', () => {
    const $ref = '#/components/schemas/a'
    expect(withSchema({ properties: { child: { $ref } } }).findings).toEqual([])
    expect(withSchema({ allOf: [{ $ref }] })).toMatchObject({
      valid: true,
      findings: [{ pointer: '/components/schemas/a/allOf' }],
    })
  })
})

describe('findings', () => {
  it('are at most 100, those that break the document first, in its order', () => {
    const many = Array.from({ length: 300 }, (_, index) => ({ $ref: `file${index}.yaml` }))
    const { findings } = withSchema({ allOf: many, items: { $ref: '#/nothing' } })
    expect(findings).toHaveLength(100)
    expect(findings[0]).toMatchObject({ pointer: '/components/schemas/a/allOf/0/$ref' })
    expect(findings[98]).toMatchObject({ pointer: '/components/schemas/a/items/$ref' })
    expect(findings[99]).toEqual({
      pointer: '',
      message: 'There are 202 more findings, which are not listed.',
    })
  })

  it('show a short piece of what they quote, and nothing that cannot be seen', () => {
    const long = `${'a'.repeat(500)}\u0000\u202e`
    const { findings } = withSchema({ $ref: `#/${long}` }, { [`\u202e${long}`]: 1 })
    expect(findings).toHaveLength(2)
    for (const { pointer, message } of findings) {
      expect(message.length).toBeLessThan(300)
      // oxlint-disable-next-line no-control-regex -- they are what is looked for
      expect(pointer + message).not.toMatch(/[\u0000-\u001f\u202e]/)
    }
  })

  it('name an operationId that two operations have, and the placeholder that no parameter describes', () => {
    const operation = { operationId: 'same', responses: { 200: { description: '' } } }
    const paths = { '/a': { get: operation }, '/b/{id}': { post: operation }, '/b/{other}': {} }
    expect(check({ openapi: '3.0.0', info, paths })).toMatchObject({
      valid: true,
      findings: [
        { pointer: '/paths/~1b~1{id}/post', message: /"\{id\}"/ },
        { pointer: '/paths/~1b~1{id}/post/operationId', message: /"same".*"\/paths\/~1a\/get"/ },
        { pointer: '/paths/~1b~1{other}' },
      ],
    })
  })

  it.each([
    [{ type: 'apiKey', name: 'n' }, '', '"in" is missing.'],
    [
      { type: 'key' },
      '',
      '"type" must be one of "apiKey", "http", "oauth2", "openIdConnect" here.',
    ],
    [{ type: 'http' }, '', '"scheme" is missing.'],
    [{ type: 'oauth2', flow: 'implicit', flows: {} }, '/flow', '"flow" does not belong here'],
    [
      { type: 'oauth2', flows: { implicit: { scopes: {} } } },
      '/flows/implicit',
      '"authorizationUrl" is missing.',
    ],
  ])(
    'say of a security scheme %j what it lacks, not what others have',
    (scheme, pointer, message) => {
      const components = { securitySchemes: { s: scheme } }
      const { findings } = check({ openapi: '3.0.0', info, paths: {}, components })
      expect(findings).toEqual([
        {
          pointer: `/components/securitySchemes/s${pointer}`,
          message: expect.stringContaining(message),
        },
      ])
    },
  )

  it('say of a schema in a schema what is wrong in it, once', () => {
    const schemas = { a: { properties: { b: { items: { type: 'text', minimum: 'one' } } } } }
    const { findings } = check({ openapi: '3.0.0', info, paths: {}, components: { schemas } })
    expect(findings).toEqual([
      {
        pointer: '/components/schemas/a/properties/b/items/type',
        message: expect.stringContaining('This must be one of "array", "boolean"'),
      },
      {
        pointer: '/components/schemas/a/properties/b/items/minimum',
        message: 'This must be a number, not a text.',
      },
    ])
  })
})
