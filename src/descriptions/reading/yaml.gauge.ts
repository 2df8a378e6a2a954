import type { Parser } from 'yaml'
import { DescriptionError } from '../description.errors.ts'
import { beyondLimit, limits } from '../limits.ts'
import { positionInText } from './position.ts'

/** Each level of a document takes up to two places on the parser's stack, and the document itself one. */
const stackLimit = 2 * limits.depth + 2
/** Blank lines and comments come on top of keys. */
const itemLimit = 2 * limits.keysPerObject
/** Each is kept as an object until the document is composed. A real document of 4 MB has 640,000. */
const lexemeLimit = 2_000_000

/** What the lexer gives before a plain text. */
const scalarMark = '\u001f'

/**
 * Watches a parser while it reads: roughly, for the exact limits are held when values are made, but early enough that a
 * hostile text costs little. Raises `DescriptionError`: `too_deep`, `too_many_keys`, `too_many_nodes`, `too_complex`.
 */
export function createGauge(parser: Parser, text: string): (lexeme: string) => void {
  let lexemes = 0
  let values = 0
  let commas = 0

  return (lexeme) => {
    const { stack } = parser
    const place = () => positionInText(text, parser.offset)
    if (stack.length > stackLimit) throw beyondLimit('too_deep', place())
    if (++lexemes > lexemeLimit) throw tooManyLexemes()
    const top = stack[stack.length - 1]
    if (
      top?.type === 'block-map' ||
      (top?.type === 'flow-collection' && top.start.source === '{')
    ) {
      if (top.items.length > itemLimit) throw beyondLimit('too_many_keys', place())
    }
    if (lexeme === scalarMark || lexeme[0] === '"' || lexeme[0] === "'") values++
    else if (lexeme === ':') values--
    else if (lexeme === ',') commas++
    if (values > limits.nodes || commas > limits.nodes) throw beyondLimit('too_many_nodes', place())
  }
}

function tooManyLexemes(): DescriptionError {
  return new DescriptionError(
    'too_complex',
    `The document has more than ${lexemeLimit} pieces of YAML, line breaks and comments included. Send it as JSON, or split it.`,
  )
}
