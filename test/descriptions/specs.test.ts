import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Checker, createChecker } from '../../src/descriptions/checker.ts'
import type { CheckedDocument } from '../../src/descriptions/description.ts'
import { DescriptionError } from '../../src/descriptions/description.errors.ts'
import { bytesOf, fixtures, type Spec, specs } from '../support/specs.ts'
import { report, trials } from '../support/trials.ts'

let checker: Checker

beforeAll(() => {
  checker = createChecker({ maxBytes: 8 << 20, log: { warn: () => undefined } })
})
afterAll(() => checker.close())

function outcomeOf(spec: Spec): Promise<CheckedDocument | DescriptionError> {
  return checker.check(bytesOf(spec)).catch((error: unknown) => {
    if (error instanceof DescriptionError) return error
    throw error
  })
}

const patience = 20_000 + 10_000 * trials(1)

describe.each(specs('real'))('the published description $file', (spec) => {
  let checked: CheckedDocument

  beforeAll(async () => {
    checked = await checker.check(bytesOf(spec))
  })

  it('is known by what its publisher wrote', () => {
    const { title, version, format, operations, mediaType } = checked.description
    expect({ title, version: version ?? '', format, operations: operations.length }).toEqual({
      title: spec.title,
      version: spec.version,
      format: spec.format,
      operations: spec.operations,
    })
    expect(mediaType).toBe(`application/${spec.media}`)
  })

  it('is as valid as the index says, and says why where it is not', () => {
    const { valid, findings } = checked.description
    expect(valid).toBe(spec.schema_valid)
    if (valid !== true) expect(findings).not.toEqual([])
    expect(findings.length).toBeLessThanOrEqual(100)
    for (const { message } of findings) expect(message).toMatch(/^[^\n]{1,300}$/u)
  })

  it('keeps its bytes', () => {
    expect(checked.sha256).toBe(spec.sha256)
    expect(checked.bytes).toBe(spec.bytes)
    expect(gunzipSync(checked.content).equals(spec.content)).toBe(true)
  })
})

describe('the same description, checked again by another thread', () => {
  it.each(fixtures('real'))('gives the same of $file', async (spec) => {
    const other = createChecker({ maxBytes: 8 << 20, log: { warn: () => undefined } })
    const again = await other.check(bytesOf(spec))
    await other.close()
    expect(again).toEqual(await checker.check(bytesOf(spec)))
  })
})

/** What a broken one is refused with, or whether what is stored of it is valid. */
const answers: Record<string, string> = {
  'array-root.json': 'not_a_description',
  'binary.json': 'not_utf8',
  'circular-allof.json': 'valid, noted',
  'circular-ref-only.json': 'invalid',
  'deep-nesting.json': 'too_deep',
  'deep-nesting.yaml': 'too_deep',
  'duplicate-keys.json': 'duplicate_key',
  'duplicate-keys.yaml': 'duplicate_key',
  'duplicate-operation-id.yaml': 'valid, noted',
  'empty.yaml': 'empty_document',
  'future-version.json': 'unsupported_format',
  'html-error-page.json': 'not_parsable',
  'huge-string.json': 'valid',
  'invalid-utf8.json': 'not_utf8',
  'language-tags.yaml': 'unsupported_tag',
  'missing-ref-target.yaml': 'unknown, noted',
  'multi-document.yaml': 'not_parsable',
  'no-paths-webhooks-components-3.1.yaml': 'invalid',
  'not-an-api-document.yaml': 'not_a_description',
  'nul-and-bidi.json': 'valid',
  'oauth-flow-not-flows.json': 'invalid',
  'outside-refs.json': 'unknown, noted',
  'path-placeholder-no-param.yaml': 'valid, noted',
  'proto-keys.json': 'invalid',
  'ref-as-integer.yaml': 'invalid',
  'ref-expansion-bomb.json': 'valid',
  'script-in-description.json': 'valid',
  'swagger-1.2-version.yaml': 'unsupported_format',
  'swagger-3.0-version.yaml': 'unsupported_format',
  'tab-indent.yaml': 'not_parsable',
  'truncated.json': 'not_parsable',
  'utf16.json': 'not_utf8',
  'version-as-number.yaml': 'unsupported_format',
  'yaml-alias-bomb.yaml': 'too_many_nodes',
  'yaml-self-alias.yaml': 'not_parsable',
}

function answerOf(outcome: CheckedDocument | DescriptionError): string {
  if (outcome instanceof DescriptionError) return outcome.code
  const { valid, findings } = outcome.description
  if (valid === false) return 'invalid'
  return `${valid ? 'valid' : 'unknown'}${findings.length > 0 ? ', noted' : ''}`
}

describe.each(specs('invalid'))('the broken description $file ($defect)', (spec) => {
  it(
    'gets the answer of the index, as often as it is sent',
    async () => {
      const name = spec.file.replace('invalid/', '')
      for (let round = 0; round < trials(2); round++) {
        const outcome = await outcomeOf(spec)
        expect(answerOf(outcome)).toBe(answers[name])
        expect(outcome instanceof DescriptionError ? 'refused' : 'stored').toBe(spec.answer)
        if (outcome instanceof DescriptionError)
          expect(outcome.message).toMatch(/^[A-Z].{20,300}\.$/u)
        else expect(outcome.sha256).toBe(createHash('sha256').update(spec.content).digest('hex'))
      }
    },
    patience,
  )
})

describe('the broken descriptions', () => {
  it('say where they are broken', async () => {
    const places: Record<string, unknown> = {}
    for (const spec of fixtures('invalid')) {
      const outcome = await outcomeOf(spec)
      if (!(outcome instanceof DescriptionError)) continue
      const { pointer, line, column } = outcome
      places[spec.file.replace('invalid/', '')] =
        pointer ?? (line === undefined ? null : `${line}:${column}`)
    }
    expect(places).toEqual({
      'array-root.json': '',
      'binary.json': '1:1',
      'duplicate-keys.json': '3:50',
      'duplicate-keys.yaml': '9:3',
      'empty.yaml': null,
      'future-version.json': '/openapi',
      'html-error-page.json': '1:1',
      'invalid-utf8.json': '4:18',
      'language-tags.yaml': '3:10',
      'multi-document.yaml': '4:1',
      'not-an-api-document.yaml': '',
      'swagger-1.2-version.yaml': '/swagger',
      'swagger-3.0-version.yaml': '/swagger',
      'tab-indent.yaml': '3:1',
      'truncated.json': '477:2',
      'utf16.json': '1:1',
      'version-as-number.yaml': '/openapi',
      'yaml-alias-bomb.yaml': '11:40',
      'yaml-self-alias.yaml': '5:10',
    })
  })

  it(
    'keep no answer waiting, and give the memory back',
    async () => {
      let slowest = { file: '', ms: 0 }
      const before = process.memoryUsage().rss
      for (let round = 0; round < trials(1); round++) {
        for (const spec of specs('invalid')) {
          const begun = performance.now()
          await outcomeOf(spec)
          const ms = Math.round(performance.now() - begun)
          if (ms > slowest.ms) slowest = { file: spec.file, ms }
        }
      }
      await checker.close()
      checker = createChecker({ maxBytes: 8 << 20, log: { warn: () => undefined } })
      const grown = () => Math.round((process.memoryUsage().rss - before) / 1e6)
      report('broken descriptions', { ...slowest, grown: grown() })
      // V8 keeps the pages of a thread that has ended for eight seconds.
      await expect.poll(grown, { timeout: 20_000, interval: 200 }).toBeLessThan(60)
    },
    patience + 20_000,
  )
})
