import { gzipSync } from 'node:zlib'
import type { Database } from '../../src/database/database.ts'
import type { CheckedDocument } from '../../src/descriptions/description.ts'
import { checkDocument } from '../../src/descriptions/check.ts'
import { unlimited } from '../../src/modules/specs/allowance.ts'
import { publishSpec, publishVersion } from '../../src/modules/specs/publish.ts'
import type { FoundSpec } from '../../src/modules/specs/spec.ts'
import { createStorage } from '../../src/storage.ts'
import { fold } from '../../src/search/fold.ts'
import { bytesOf, type Spec } from '../support/specs.ts'
import { idOf, sha256, type Row } from './portability.fixture.ts'

/** Checked as an upload is, in this process. */
export function checked(spec: Pick<Spec, 'content'>): CheckedDocument {
  const { content, ...rest } = checkDocument(bytesOf(spec))
  return { ...rest, content: Buffer.from(content) }
}

export type CheckedSpec = Pick<Spec, 'file' | 'series' | 'series_order'> & {
  document: CheckedDocument
}

/**
 * Publishes documents as uploads do: those of a series as versions of one spec, some of them drafts, private, or with
 * tags; each spec is handed out some times. Nothing is left to chance.
 */
export async function publishAll(
  database: Database,
  specs: CheckedSpec[],
  owners: string[],
): Promise<void> {
  const storage = createStorage(database)
  const bySeries = new Map<string, FoundSpec>()
  const inOrder = [...specs].sort((a, b) => (a.series_order ?? 0) - (b.series_order ?? 0))
  for (const [at, { file, series, document }] of inOrder.entries()) {
    const state = at % 7 === 3 ? 'draft' : 'published'
    const known = bySeries.get(series ?? file)
    const { spec } = await storage.unitOfWork({}, async (tx) => {
      if (known) return publishVersion(tx, known, { document, state, allowance: unlimited })
      const made = await publishSpec(tx, {
        document,
        state,
        ownerId: owners[at % owners.length] as string,
        allowance: unlimited,
        visibility: at % 5 === 4 ? 'private' : 'public',
        tags: at % 3 === 0 ? ['real', `number-${at}`] : [],
      })
      await tx.downloads.add(new Map([[made.spec.id, at * 1000]]))
      return made
    })
    bySeries.set(series ?? file, spec)
  }
}

const time = '2026-11-20T10:03:21.100Z'

export function outlineRow(title: string, operations: object[] = []) {
  return { title, summary: null, version: '1.0.0', operations }
}

export function operationRow(path: string) {
  return {
    method: 'get',
    path,
    operationId: null,
    summary: null,
    tags: [] as string[],
    deprecated: false,
  }
}

/** The text of a document, which its rows are made of. */
export const documentText = (title: string, rest = '') =>
  JSON.stringify({ openapi: '3.1.0', info: { title, version: '1' }, paths: {}, 'x-rest': rest })

export function documentRow(text: string, title = 'Title', paths: string[] = []) {
  return { id: sha256(text), outline: outlineRow(title, paths.map(operationRow)), content: text }
}

export function specRow(values: Row & { id: string; ownerId: string; slug: string }) {
  const title = (values['title'] as string | undefined) ?? 'Title'
  return {
    title,
    titleKey: fold(title),
    summary: null,
    visibility: 'public',
    tags: [],
    format: 'openapi-3.1',
    latestId: null,
    open: true,
    revision: 1,
    createdAt: time,
    updatedAt: time,
    ...values,
  }
}

export function versionRow(values: Row & { id: string; specId: string }, text: string) {
  return {
    version: values.id,
    state: 'published',
    documentId: sha256(text),
    format: 'openapi-3.1',
    mediaType: 'application/json',
    bytes: Buffer.byteLength(text),
    valid: true,
    findings: [],
    operations: 0,
    createdAt: time,
    ...values,
  }
}

/** Ids of specs and of versions, in the order of their numbers. */
export const specId = (number: number) => idOf(number, 20)
export const versionId = (number: number) => idOf(number, 21)

/** The tables of one spec with a published version for each text, the last of them its latest. */
export function specOf(texts: string[], values: Row & { ownerId: string }) {
  const rows = texts.map((text, at) =>
    versionRow({ id: versionId(at), specId: specId(1), version: `${at}` }, text),
  )
  const spec = specRow({ id: specId(1), slug: 'title', latestId: rows.at(-1)?.id, ...values })
  return {
    specs: [spec] as Row[],
    documents: sorted(texts.map((text) => documentRow(text))),
    versions: rows as Row[],
    spec_tokens: [{ id: spec.id, tokens: 'title' }] as Row[],
  }
}

/** Rows of documents, each once, in the order of an export. */
export function sorted<Value extends { id: string }>(rows: Value[]): Value[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** What is stored of a text, by another way than the service's. */
export function stored(text: string): Buffer {
  const packed = gzipSync(text, { level: 6 })
  packed[9] = 255
  return packed
}
