import type { DescriptionErrorCode } from '../description.errors.ts'
import { quote } from '../quote.ts'

/** What is wrong with a text that should be JSON, and where it was seen. */
export interface JsonFault {
  code: Extract<DescriptionErrorCode, 'not_parsable' | 'duplicate_key'>
  offset: number
  message: string
}

interface Container {
  closedBy: '}' | ']'
  /** Of an object. */
  keys: Set<string> | undefined
}

const blank = /[ \t\r\n]*/y
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const word = /true|false|null/y

/**
 * Finds the first place where a text is no JSON (RFC 8259), or where an object has a key twice. Iterative, and slower than
 * the parser: it is asked once something is known to be wrong. Null when all is well.
 */
export function findJsonFault(text: string): JsonFault | null {
  const stack: Container[] = []
  let offset = 0
  /** What may come next. */
  let expected: 'value' | 'value or end' | 'key' | 'key or end' | 'separator' = 'value'

  const skip = (pattern: RegExp) => {
    pattern.lastIndex = offset
    const matched = pattern.test(text)
    if (matched) offset = pattern.lastIndex
    return matched
  }
  const fault = (message: string, place = offset): JsonFault => ({
    code: 'not_parsable',
    offset: place,
    message,
  })
  const unexpected = (wanted: string) =>
    offset >= text.length
      ? fault(`the document ends here, where ${wanted} should follow: it seems to be cut off`)
      : fault(
          `${wanted} should stand here, not ${quote(String.fromCodePoint(text.codePointAt(offset) ?? 0))}`,
        )

  for (;;) {
    skip(blank)
    const top = stack.at(-1)
    const character = text[offset]
    if (expected === 'separator') {
      if (!top)
        return offset < text.length
          ? fault('the document should end here: something follows its value')
          : null
      if (character === ',') {
        offset++
        expected = top.keys ? 'key' : 'value'
      } else if (character === top.closedBy) {
        offset++
        stack.pop()
      } else return unexpected(`a comma or "${top.closedBy}"`)
      continue
    }
    if (expected.endsWith('or end') && character === top?.closedBy) {
      offset++
      stack.pop()
      expected = 'separator'
      continue
    }
    if (expected.startsWith('key')) {
      const start = offset
      if (character !== '"') return unexpected('a key in double quotes')
      const end = endOfString(text, offset)
      if (typeof end !== 'number') return fault(end.message, end.offset)
      const key = JSON.parse(text.slice(offset, end)) as string
      if (top?.keys?.has(key)) {
        return {
          code: 'duplicate_key',
          offset: start,
          message: `the key ${quote(key)} stands twice in one object`,
        }
      }
      top?.keys?.add(key)
      offset = end
      skip(blank)
      if (text[offset] !== ':') return unexpected('a colon')
      offset++
      expected = 'value'
      continue
    }
    if (character === '{' || character === '[') {
      offset++
      stack.push({
        closedBy: character === '{' ? '}' : ']',
        keys: character === '{' ? new Set() : undefined,
      })
      expected = character === '{' ? 'key or end' : 'value or end'
      continue
    }
    if (character === '"') {
      const end = endOfString(text, offset)
      if (typeof end !== 'number') return fault(end.message, end.offset)
      offset = end
    } else if (!skip(number) && !skip(word)) return unexpected('a value')
    expected = 'separator'
  }
}

const escape = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y
// oxlint-disable-next-line no-control-regex -- strings may not hold them
const ordinary = /[^"\\\u0000-\u001f]*/y

function endOfString(text: string, start: number): number | { offset: number; message: string } {
  let offset = start + 1
  for (;;) {
    ordinary.lastIndex = offset
    ordinary.test(text)
    offset = ordinary.lastIndex
    if (text[offset] === '"') return offset + 1
    if (offset >= text.length)
      return { offset: start, message: 'the string that begins here does not end' }
    escape.lastIndex = offset
    if (!escape.test(text)) {
      const what =
        text[offset] === '\\'
          ? 'a backslash that escapes nothing'
          : 'a line break or control character'
      return { offset, message: `${what} stands inside a string` }
    }
    offset = escape.lastIndex
  }
}
