import { beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { limits } from '../../src/descriptions/limits.ts'
import { longestRow } from '../../src/portability/import/check/check.ts'
import { createSqlite } from '../support/databases.ts'
import { addUsers, exportOf, idOf, importInto, openMigrated } from './portability.fixture.ts'
import { checked, publishAll } from './specs.fixture.ts'

describe('what an upload stores, an import takes', () => {
  let source: Database

  beforeAll(async () => {
    source = await openMigrated(createSqlite)
    await addUsers(source, { id: idOf(1), username: 'ada' })
  })

  it('a row with the longest document and the longest outline', () => {
    const document = 16 * 1024 * 1024
    // Each unit of UTF-16 takes three bytes at most; each operation some for its keys.
    const outline = limits.operationTexts * 3 + limits.operations * 200
    expect(2 * document + outline).toBeLessThan(longestRow)
  })

  it('an outline that aliases would make much of is refused where it is uploaded', () => {
    const tags = Array.from({ length: 20 }, (_, at) => `${at}${'x'.repeat(290)}`)
    const paths = Array.from(
      { length: 2000 },
      (_, at) => `  /p${at}: {get: {tags: *t, responses: {}}}`,
    )
    const text = [
      "openapi: '3.1.0'",
      'info: {title: Much of little, version: "1"}',
      `x-tags: &t [${tags.join(', ')}]`,
      'paths:',
      ...paths,
    ].join('\n')
    expect(text.length).toBeLessThan(200_000)
    expect(() => checked({ content: Buffer.from(text) })).toThrow(
      expect.objectContaining({ code: 'too_complex' }),
    )
    const fewer = text.split('\n').slice(0, 500).join('\n')
    expect(checked({ content: Buffer.from(fewer) }).description.operations).toHaveLength(496)
  })

  it('texts of every length, and of characters that take most', async () => {
    const long = (character: string) => character.repeat(5000)
    const documents = ['x', 'é', '宠', '😀', '"', '\\', '\u2028'].map((character) =>
      JSON.stringify({
        asyncapi: '3.0.0',
        info: {
          title: long(character),
          version: `1${long(character)}`,
          description: long(character),
        },
        channels: { one: { address: long(character) } },
        operations: {
          [long(character)]: {
            action: long(character),
            channel: { $ref: '#/channels/one' },
            summary: long(character),
            tags: Array.from({ length: 30 }, (_, at) => ({ name: `${at}${long(character)}` })),
          },
        },
        [long(character)]: long(character),
      }),
    )
    const specs = documents.map((text, at) => ({
      file: `${at}`,
      document: checked({ content: Buffer.from(text) }),
    }))
    await publishAll(source, specs, [idOf(1)])
    const bytes = await exportOf(source, { history: true })
    const target = await openMigrated(createSqlite)
    await importInto(target, bytes)
    expect((await exportOf(target, { history: true })).equals(bytes)).toBe(true)
  })
})
