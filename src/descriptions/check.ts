import { hash } from 'node:crypto'
import { packSync } from '../gzip.ts'
import type { Description, Finding } from './description.ts'
import { type ParsedDocument, parseDocument } from './reading/document.ts'
import { listFindings } from './checking/findings.ts'
import { formatOf } from './deriving/format.ts'
import { informationOf } from './deriving/information.ts'
import { jsonError } from './reading/json.parse.ts'
import { operationsOf } from './deriving/operations.ts'
import { checkReferences } from './checking/references.ts'
import { findingsOfRules } from './checking/rules.ts'
import { schemaOf } from './checking/schema.ts'
import { findingsOfSchema } from './checking/schema.findings.ts'

export interface Checked {
  sha256: string
  bytes: number
  content: Uint8Array<ArrayBuffer>
  description: Description
}

/**
 * Finds out all that is to be known of a document. Runs where nothing else does: a hostile one may take all the memory
 * and time that it is given. Raises `DescriptionError`.
 */
export function checkDocument(document: Uint8Array<ArrayBuffer>): Checked {
  const bytes = Buffer.from(document.buffer, document.byteOffset, document.byteLength)
  const description = describe(parseDocument(bytes))
  const compressed = packSync(bytes)
  // Of its own, to be handed over without the pool that a small buffer lies in.
  const content = new Uint8Array(compressed.length)
  content.set(compressed)
  return { sha256: hash('sha256', bytes), bytes: bytes.length, content, description }
}

function describe(parsed: ParsedDocument): Description {
  const { root, mediaType } = parsed
  const format = formatOf(root)
  const document = root as object
  const references = checkReferences(document, format)
  if (parsed.members !== null && parsed.members !== references.members) throw jsonError(parsed.text)
  const operations = operationsOf(document, format)

  const schema = schemaOf(format)
  const holds = schema?.holds(document) ?? true
  const breaking: Finding[] = [...references.broken]
  if (schema && !holds) breaking.push(...findingsOfSchema(schema.root, schema.errorsOf(document)))
  const notes: Finding[] = [
    ...references.circular,
    ...findingsOfRules(document, format),
    ...references.leaving,
  ]
  if (!schema) notes.push(unchecked)
  const unknown = !schema || references.leaving.length > 0
  const valid = breaking.length > 0 ? false : unknown ? null : true

  return {
    format,
    mediaType,
    ...informationOf(document, parsed.version()),
    valid,
    findings: listFindings(document, { breaking, notes }),
    operations,
  }
}

const unchecked: Finding = {
  pointer: '/asyncapi',
  message: 'Documents of AsyncAPI 1 are kept as they are: they are not held against a schema.',
}
