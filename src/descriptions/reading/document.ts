import { isScalar } from 'yaml'
import type { MediaType } from '../description.ts'
import { DescriptionError } from '../description.errors.ts'
import { namesFormat } from '../deriving/format.ts'
import { jsonError, parseJson, versionInJson } from './json.parse.ts'
import { scanJson } from './json.scan.ts'
import { child } from '../pointer.ts'
import { decode } from './text.ts'
import { parseYaml } from './yaml.parse.ts'
import { valuesOf } from './yaml.values.ts'

/** What was read of the bytes of a document. */
export interface ParsedDocument {
  mediaType: MediaType
  text: string
  root: unknown
  /** The members that a JSON text has in all; fewer in the value when some have the same key. Null for YAML. */
  members: number | null
  /** `info.version` as it is written. */
  version: () => string | null
}

/**
 * Reads a document, as JSON where it is JSON, else as YAML.
 * Raises `DescriptionError` when it is neither, is not UTF-8, or passes a limit.
 */
export function parseDocument(bytes: Buffer): ParsedDocument {
  const text = decode(bytes)
  const first = /[^ \t\r\n]/.exec(text)?.[0]
  if (first === undefined)
    throw new DescriptionError('empty_document', 'The document holds nothing but blanks.')
  if (first === '<') throw markup()
  return first === '{' || first === '[' ? parseBraces(text, bytes) : parseAsYaml(text)
}

function markup(): DescriptionError {
  return new DescriptionError(
    'not_parsable',
    'The document begins with "<": it is HTML or XML, perhaps the page of an error, and no JSON or YAML.',
    { line: 1, column: 1 },
  )
}

/** What begins with a brace is most likely JSON, but YAML can begin so too. */
function parseBraces(text: string, bytes: Buffer): ParsedDocument {
  const members = scanJson(bytes)
  const parsed = parseJson(text)
  if (parsed) {
    const { value: root } = parsed
    const version = () => versionText(root, () => versionInJson(text))
    return { mediaType: 'application/json', text, root, members, version }
  }
  const jsonLike = /^\s*(?:\{\s*["/}]|\[)/.test(text)
  try {
    const parsed = parseAsYaml(text)
    // YAML makes something of nearly everything. What has no format was to be JSON.
    if (!jsonLike || namesFormat(parsed.root)) return parsed
  } catch (error) {
    if (!jsonLike) throw error
  }
  throw jsonError(text)
}

function parseAsYaml(text: string): ParsedDocument {
  const document = parseYaml(text)
  const root = valuesOf(document, text)
  const node = document.getIn(['info', 'version'], true)
  const version = versionText(root, () => (isScalar(node) ? (node.source ?? null) : null))
  // The nodes take ten times the memory of the values: nothing may hold them from here on.
  return { mediaType: 'application/yaml', text, root, members: null, version: () => version }
}

function versionText(root: unknown, source: () => string | null): string | null {
  const version = child(child(root, 'info'), 'version')
  if (typeof version === 'string') return version
  return typeof version === 'number' || typeof version === 'boolean'
    ? (source() ?? String(version))
    : null
}
