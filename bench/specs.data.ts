import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { Database } from '../src/database/database.ts'
import type { Operation } from '../src/descriptions/description.ts'
import { titleKeyOf, tokensOf } from '../src/search/tokens.ts'

/** Documents that the specs share, of some 40 kB each. */
const documentCount = 200
const rowsAtOnce = 500
const rowsInUnit = 10_000
const minute = 60_000
const firstAt = Date.parse('2026-01-01T00:00:00.000Z')

/** In how many specs a word of each kind is; there are as many rare words as fill the specs. */
const rareIn = 50
const mediumIn = 1000
const mediumWords = 8

export interface SpecsOptions {
  /** How many. */
  count: number
  /** Whose they are: the id of a user that is there. */
  ownerId: string
}

/**
 * Specs with a version, tokens and a count each, the same at every run. One in twenty is private, one in twenty a
 * draft (see `isOpen`); all others are for everyone. Users must be there; specs must not.
 */
export async function addSpecs(database: Database, options: SpecsOptions): Promise<void> {
  const { tables } = database
  const documents = Array.from({ length: documentCount }, (_, i) => documentOf(i))
  const bulk = { deadline: 'bulk' } as const
  const rows = documents.map(({ id, outline, content }) => ({ id, outline, content }))
  await database.unitOfWork(bulk, async (tx) => {
    await tx.insert(tables.documents).values(rows)
  })
  for (let from = 0; from < options.count; from += rowsInUnit) {
    const to = Math.min(options.count, from + rowsInUnit)
    await database.unitOfWork(bulk, async (tx) => {
      for (let at = from; at < to; at += rowsAtOnce) {
        const some = Array.from({ length: Math.min(rowsAtOnce, to - at) }, (_, i) =>
          specOf(at + i, options, documents),
        )
        await tx.insert(tables.specs).values(some.map(({ spec }) => spec))
        await tx.insert(tables.versions).values(some.map(({ version }) => version))
        await tx.insert(tables.specTokens).values(some.map(({ tokens }) => tokens))
        await tx.insert(tables.downloads).values(some.map(({ download }) => download))
      }
    })
  }
}

export const slugOfIndex = (index: number) => `${common(index)}-${common(index + 7)}-api-${index}`

/** Whether a guest may read it. */
export const isOpen = (index: number) => index % 20 !== 7 && index % 20 !== 13

/**
 * What is searched for among as many specs: half of them words that are in 50 of them, a quarter words that are in
 * 1,000, a quarter two words that some hundred have together.
 */
export function searches(count: number, length = 200): string[] {
  return Array.from({ length }, (_, i) => {
    if (i % 4 < 2) return rareWord(random(i, 11) % Math.ceil(count / rareIn))
    if (i % 4 === 2) return mediumWord(i % mediumWords)
    return `${common(random(i, 12))} ${commonPath(random(i, 13))}`
  })
}

/** A word that nearly all of them have: the worst there is to search for. */
export const everywhere = 'api'

function specOf(index: number, { count, ownerId }: SpecsOptions, documents: Document[]) {
  const document = documents[random(index, 1) % documentCount] as Document
  const at = firstAt + index * minute
  const createdAt = new Date(at).toISOString()
  const updatedAt = new Date(at + (random(index, 2) % count) * minute).toISOString()
  const specId = idOf(at, index)
  const versionId = idOf(at + 1, index)
  const slug = slugOfIndex(index)
  const title = `${upperFirst(common(index))} ${upperFirst(common(index + 7))} API`
  const summary = summaryOf(index, count)
  const tags = [`area-${index % 50}`]
  const draft = index % 20 === 13
  const spec = {
    id: specId,
    slug,
    title,
    titleKey: titleKeyOf(title),
    summary,
    ownerId,
    visibility: index % 20 === 7 ? ('private' as const) : ('public' as const),
    tags,
    format: 'openapi-3.1' as const,
    latestId: draft ? null : versionId,
    open: isOpen(index),
    revision: 1,
    createdAt,
    updatedAt,
  }
  const version = {
    id: versionId,
    specId,
    version: '1.0.0',
    state: draft ? ('draft' as const) : ('published' as const),
    documentId: document.id,
    format: spec.format,
    mediaType: 'application/json' as const,
    bytes: document.bytes,
    valid: true,
    findings: [],
    operations: document.outline.operations.length,
    createdAt,
  }
  const found = tokensOf(spec, document.outline.operations)
  return {
    spec,
    version,
    tokens: { id: specId, tokens: found.join(' ') },
    download: { id: specId, count: random(index, 3) % 1000 },
  }
}

function summaryOf(index: number, count: number): string {
  // Each round begins one word further: a word is not only in specs that nobody may read.
  const words = Math.ceil(count / rareIn)
  const rare = rareWord((index + Math.floor(index / words)) % words)
  // Spread over all of them, so that none of the sorts has them together.
  const step = Math.max(1, Math.floor(count / mediumIn))
  const medium = index % step < mediumWords ? mediumWord(index % step) : common(index + 3)
  return `Manage ${rare} and ${medium} of ${common(index + 5)} for your ${common(index + 11)}`
}

type Document = ReturnType<typeof documentOf>

/** An OpenAPI document of 24 operations in six groups. */
function documentOf(index: number) {
  const title = `${upperFirst(common(index))} API`
  const operations = Array.from({ length: 24 }, (_, i) => operationOf(index, i))
  const paths = Object.fromEntries(
    operations.map(({ path, method, operationId, summary }) => [
      path,
      { [method]: { operationId, summary, responses: { 200: { description: text } } } },
    ]),
  )
  const info = { title, version: '1.0.0' }
  const bytes = Buffer.from(JSON.stringify({ openapi: '3.1.0', info, paths }, null, 2))
  return {
    id: createHash('sha256').update(bytes).digest('hex'),
    outline: { title, summary: null, version: '1.0.0', operations },
    content: gzipSync(bytes),
    bytes: bytes.length,
  }
}

function operationOf(document: number, index: number): Operation {
  const group = commonPath(document * 6 + Math.floor(index / 4))
  const noun = common(document * 31 + index)
  const [method, verb] = verbs[index % verbs.length] as (typeof verbs)[number]
  return {
    method,
    path: `/v1/${group}/{${group}Id}/${noun}`,
    operationId: `${verb}${upperFirst(group)}${upperFirst(noun)}`,
    summary: `${upperFirst(verb)} the ${noun} of one of your ${group}`,
    tags: [group],
    deprecated: false,
  }
}

const verbs = [
  ['get', 'get'],
  ['put', 'replace'],
  ['post', 'create'],
  ['delete', 'remove'],
] as const

const text = 'What was asked for, as it was when the request came in. '.repeat(28)

// Words of one length for each kind: none is the beginning of another.
const rareWord = (index: number) => `q${wordOf(index, 3)}`
const mediumWord = (index: number) => `x${wordOf(index * 37 + 5, 2)}`
/** Of 600 words, the first ones far more often than the last ones. */
const common = (index: number) => wordOf(Math.floor(600 * (random(index, 4) / 2 ** 32) ** 2), 2)
const commonPath = (index: number) => `${wordOf(random(index, 5) % 120, 2)}s`

const consonants = 'bcdfghklmnprstvz'
const vowels = 'aeiou'

function wordOf(index: number, syllables: number): string {
  let rest = index
  let word = ''
  for (let i = 0; i < syllables; i++) {
    const syllable = (rest + i * 29) % 80
    word += `${consonants[syllable % 16]}${vowels[Math.floor(syllable / 16)]}`
    rest = Math.floor(rest / 80)
  }
  return word
}

const upperFirst = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

/** A number below 2^32 that looks like chance and is the same at every run (murmur3's last step). */
function random(index: number, use: number): number {
  let hash = Math.imul(index ^ (use << 24), 0x85eb_ca6b) + use
  hash = Math.imul(hash ^ (hash >>> 16), 0xc2b2_ae35)
  hash = Math.imul(hash ^ (hash >>> 13), 0x27d4_eb2f)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Of a UUIDv7's form. */
function idOf(at: number, index: number): string {
  const time = at.toString(16).padStart(12, '0')
  const rest = index.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${rest}`
}
