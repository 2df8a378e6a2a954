import { hash, randomUUIDv7 } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { checkDocument } from '../../src/descriptions/check.ts'
import { schemaOf } from '../../src/descriptions/checking/schema.ts'
import { titleKeyOf, tokensOf } from '../../src/search/tokens.ts'
import { editorId } from '../data.ts'
import { numberMark } from '../load.ts'
import { uploadDocument } from '../upload.document.ts'

/**
 * The least that takes an upload: JSON.parse, the check by its schema, SHA-256, gzip, and the rows in a transaction, in
 * a loop. What is derived of a document beyond that is worked out once here, and is the same in all rows.
 */

const text = uploadDocument()
const template = Buffer.from(text)
const mark = template.indexOf(numberMark)
const { description } = checkDocument(new Uint8Array(template))
const schema = schemaOf(description.format)
const { format, mediaType: media_type, title, summary, version, operations } = description
const outline = JSON.stringify({ title, summary, version, operations })
const title_key = titleKeyOf(title)
const derived = { slug: 'cafe', title, summary, tags: [], format }
const tokens = tokensOf(derived, operations).join(' ')
let number = 0

/** An upload's rows by their tables, parents first; each has its columns in the same order. */
export type UploadRows = Record<string, Record<string, unknown>>

function upload(): UploadRows {
  const bytes = Buffer.from(template)
  bytes.write(String(++number).padStart(numberMark.length, '0'), mark, 'latin1')
  const document = JSON.parse(bytes.toString()) as { info: { title: string } }
  if (!schema?.holds(document)) throw new Error('the document breaks its schema')
  const sha256 = hash('sha256', bytes)
  const content = gzipSync(bytes, { level: 6 })
  const created_at = new Date().toISOString()
  const [id, latest_id] = [randomUUIDv7(), randomUUIDv7()]
  return {
    documents: { id: sha256, outline, content },
    specs: {
      id,
      slug: document.info.title.replace('Café ', 'cafe-'),
      title: document.info.title,
      title_key,
      summary,
      owner_id: editorId,
      visibility: 'public',
      tags: '[]',
      format,
      latest_id,
      open: 1,
      revision: 1,
      created_at,
      updated_at: created_at,
    },
    versions: {
      id: latest_id,
      spec_id: id,
      version,
      state: 'published',
      document_id: sha256,
      format,
      media_type,
      bytes: bytes.length,
      valid: 1,
      findings: '[]',
      operations: operations.length,
      created_at,
    },
    downloads: { id, count: 0 },
    spec_tokens: { id, tokens },
  }
}

/** The statements that insert the rows; `place` gives how a parameter is written. */
export function inserts(place: (number: number) => string) {
  return Object.entries(upload()).map(([table, row]) => {
    const names = Object.keys(row)
    const places = names.map((_, i) => place(i + 1))
    const text = `insert into ${table} (${names.join(', ')}) values (${places.join(', ')})`
    return { table, text }
  })
}

/** Uploads for as many seconds as its parent says, each time it says so. */
export function serveUploads(insert: (rows: UploadRows) => Promise<unknown> | void): void {
  async function run(seconds: number) {
    const startedAt = performance.now()
    const until = startedAt + seconds * 1000
    let answered = 0
    for (; performance.now() < until; answered += 1) await insert(upload())
    process.send?.({ answered, errors: 0, seconds: (performance.now() - startedAt) / 1000 })
  }
  process.on('message', (seconds: number) => void run(seconds))
}
