import { Type } from 'typebox'
import Fastify from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { buildSerializer } from '../../src/http/serialization.ts'

const Owner = Type.Object({ name: Type.String(), tags: Type.Array(Type.String()) })
const Thing = Type.Object(
  {
    id: Type.String(),
    note: Type.Optional(Type.String()),
    owner: Owner,
    owners: Type.Array(Owner),
  },
  { $id: 'Thing' },
)

describe('the JSON of an answer', () => {
  let app = Fastify()
  afterEach(() => app.close())

  async function textOf(answer: unknown): Promise<string> {
    app = Fastify({ schemaController: { compilersFactory: { buildSerializer } } })
    app.addSchema(Thing)
    app.get('/', { schema: { response: { 200: Type.Ref('Thing') } } }, async () => answer)
    return (await app.inject('/')).body
  }

  const owner = { name: 'ada', tags: ['x'] }

  it('is what the schema names, as it was given', async () => {
    const thing = { id: '1', note: 'new', owner, owners: [owner, owner] }
    expect(await textOf(thing)).toBe(JSON.stringify(thing))
  })

  it('leaves out what is not there', async () => {
    const thing = { id: '1', owner, owners: [] }
    expect(await textOf(thing)).toBe(JSON.stringify(thing))
  })

  it('has the keys in the order of the schema', async () => {
    const text = await textOf({ owners: [], owner: { tags: [], name: 'ada' }, id: '1' })
    expect(text).toBe('{"id":"1","owner":{"name":"ada","tags":[]},"owners":[]}')
  })

  it.each([
    ['at its beginning', { secret: 's', id: '1', owner, owners: [] }],
    ['between others', { id: '1', secret: 's', owner, owners: [] }],
    ['at its end', { id: '1', owner, owners: [], secret: 's' }],
    ['in an object within', { id: '1', owner: { ...owner, secret: 's' }, owners: [] }],
    ['in a list within', { id: '1', owner, owners: [owner, { secret: 's', ...owner }] }],
  ])('has nothing that the schema does not name: %s', async (_, thing) => {
    const text = await textOf(thing)
    expect(text).not.toContain('secret')
    expect(JSON.parse(text)).toMatchObject({ id: '1', owner })
  })

  it('leaves what it was given as it is', async () => {
    const thing = { id: '1', owner: { ...owner, secret: 's' }, owners: [{ ...owner, secret: 's' }] }
    const before = structuredClone(thing)
    await textOf(thing)
    expect(thing).toEqual(before)
  })
})
