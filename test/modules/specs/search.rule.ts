/** Searching as api.md has it, the naive way: the control of the databases' indexes. */

export interface Searched {
  slug: string
  title: string
  summary: string | null
  tags: string[]
  operations: { path: string; operationId: string | null; summary: string | null }[]
}

/** Every word of a text, character by character. */
export function wordsOf(text: string): string[] {
  const characters = Array.from(text.normalize('NFKC'))
  const words: string[] = []
  let word = ''
  const end = () => {
    if (word !== '') words.push(plain(word))
    word = ''
  }
  for (const [i, character] of characters.entries()) {
    const isMark = /\p{M}/u.test(character)
    if (!/[\p{L}\p{N}]/u.test(character) && !(isMark && word !== '')) {
      end()
      continue
    }
    if (/\p{Lu}/u.test(character) && word !== '') {
      const before = word.replaceAll(/\p{M}/gu, '').at(-1) ?? ''
      const next = characters.slice(i + 1).find((one) => !/\p{M}/u.test(one)) ?? ''
      const isLowerNext = /\p{Ll}/u.test(next)
      if (!/\p{Lu}|\p{Lo}|\p{Lm}/u.test(before) || (/\p{Lu}/u.test(before) && isLowerNext)) end()
    }
    word += character
  }
  end()
  return words
}

function plain(word: string): string {
  const bare = Array.from(word.normalize('NFKD')).filter((one) => !isAccent(one))
  const folded = bare.join('').toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ')
  return Array.from(folded.normalize('NFKC')).slice(0, 64).join('')
}

function isAccent(character: string): boolean {
  const point = character.codePointAt(0) ?? 0
  return (
    (point >= 0x300 && point <= 0x36f) ||
    (point >= 0x1ab0 && point <= 0x1aff) ||
    (point >= 0x1dc0 && point <= 0x1dff) ||
    (point >= 0x20d0 && point <= 0x20ff) ||
    (point >= 0xfe00 && point <= 0xfe0f) ||
    (point >= 0xfe20 && point <= 0xfe2f)
  )
}

/** All that a spec can be found by. */
export function allWordsOf(spec: Searched): Set<string> {
  const operations = spec.operations.flatMap((one) => [one.path, one.operationId, one.summary])
  const texts = [spec.slug, spec.title, spec.summary, ...spec.tags, ...operations]
  return new Set(texts.flatMap((text) => wordsOf(text ?? '')))
}

export function fits(words: Set<string>, q: string): boolean {
  const wanted = wordsOf(q)
  const last = wanted.pop()
  if (last === undefined) return false
  return wanted.every((word) => words.has(word)) && [...words].some((one) => one.startsWith(last))
}
