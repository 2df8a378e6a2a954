import { Composer, type CST, type Document, type ErrorCode, Lexer, Parser } from 'yaml'
import { clean } from '../deriving/clean.ts'
import { DescriptionError } from '../description.errors.ts'
import { at, positionInText } from './position.ts'
import { createGauge } from './yaml.gauge.ts'

/**
 * Reads a YAML text into the nodes of its one document. The tokens come from a parser that keeps a stack of its own, which
 * is held against the limits while it grows: what composes them then is recursive, and may not meet more.
 * Raises `DescriptionError`: `control_character`, `too_deep`, `too_many_keys`, `too_many_nodes`, `too_complex`,
 * `not_parsable`, `unsupported_tag`, `empty_document`.
 */
export function parseYaml(text: string): Document.Parsed {
  refuseControlCharacters(text)
  refuseManyLines(text)
  const composer = createComposer(text)
  const documents: Document.Parsed[] = []
  for (const token of parse(text)) documents.push(...composer.next(token))
  documents.push(...composer.end())
  const [document] = documents
  if (document) return document
  throw new DescriptionError('empty_document', 'The document holds nothing but comments.')
}

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/

function refuseControlCharacters(text: string): void {
  const offset = text.search(control)
  if (offset === -1) return
  const place = positionInText(text, offset)
  const code = text.charCodeAt(offset).toString(16).padStart(4, '0')
  throw new DescriptionError(
    'control_character',
    `The control character U+${code} stands at ${at(place)}, where no text may hold one. Is this a text file?`,
    place,
  )
}

/** A real document of 4 MB has 112,000. */
const lineLimit = 1_000_000

function refuseManyLines(text: string): void {
  let lines = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++
  if (lines <= lineLimit) return
  throw new DescriptionError(
    'too_complex',
    `The document has more than ${lineLimit} lines. Split it.`,
  )
}

/** The tokens of the text, all of it held against the limits before anything is made of them. */
function parse(text: string): CST.Token[] {
  const parser = new Parser()
  const gauge = createGauge(parser, text)
  const tokens: CST.Token[] = []
  let ended = false
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      tokens.push(token)
      ended ||= token.type === 'document'
    }
    gauge(lexeme)
    if (ended) refuseSecondDocument(text, parser.stack[0])
  }
  for (const token of parser.end()) tokens.push(token)
  return tokens
}

function refuseSecondDocument(text: string, token: CST.Token | undefined): void {
  if (token?.type !== 'document') return
  const place = positionInText(text, token.offset)
  throw new DescriptionError(
    'not_parsable',
    `A second YAML document begins at ${at(place)}. Send each document by itself.`,
    place,
  )
}

type Source = number | { offset: number } | readonly [number, ...number[]]

/** A composer that raises the first error instead of collecting them: millions of them would fill the memory. */
function createComposer(text: string): Composer {
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    resolveKnownTags: false,
  })
  let first: DescriptionError | undefined
  const onError = (source: Source, code: ErrorCode, message: string, warning?: boolean) => {
    if (warning && code !== 'TAG_RESOLVE_FAILED') return
    // What it raises, the composer catches and reports as an error once more.
    throw (first ??= yamlError(text, { offset: offsetOf(source), code, message }))
  }
  return Object.assign(composer, { onError })
}

function offsetOf(source: Source): number {
  if (typeof source === 'number') return source
  return 'offset' in source ? source.offset : source[0]
}

interface YamlFault {
  offset: number
  code: ErrorCode
  message: string
}

function yamlError(text: string, { offset, code, message }: YamlFault): DescriptionError {
  const place = positionInText(text, Math.min(Math.max(offset, 0), text.length))
  if (code === 'TAG_RESOLVE_FAILED') {
    const tag = clean(/^\S*/.exec(text.slice(offset, offset + 100))?.[0] ?? '', 60)
    return new DescriptionError(
      'unsupported_tag',
      `The tag ${tag} at ${at(place)} cannot be used. Only YAML's own tags are known, such as !!str.`,
      place,
    )
  }
  const hint = code === 'TAB_AS_INDENT' ? ' Indent with spaces.' : ''
  const sentence = clean(message.replace(/:$/, ''), 150)
  return new DescriptionError(
    'not_parsable',
    `The document is no good YAML: at ${at(place)}, ${sentence}.${hint}`,
    place,
  )
}
