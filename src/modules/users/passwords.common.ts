import { createRequire } from 'node:module'
import { lazy } from '../../lazy.ts'
import { isRepeated, isSequence } from './passwords.patterns.ts'

/** What may stand around a common word without making it any rarer: a year, a date, a row of digits, a mark. */
const aroundMax = 8

/**
 * Tells whether a password is one of the first that a guesser would try: one of the 49,233 most common ones, also with
 * digits and marks around it or in place of letters, a short piece repeated, or keys in their order.
 */
export function isCommonPassword(password: string): boolean {
  const folded = password.toLowerCase()
  if (isPredictable(folded)) return true
  const core = folded.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
  const marked = folded.replaceAll(/^[\d\p{P}\s]+|[\d\p{P}\s]+$/gu, '')
  return [core, marked].some(
    (word) =>
      word.length >= 4 &&
      isPredictableAround(folded.replace(word, '')) &&
      (isPredictable(word) || isPredictable(withLetters(word))),
  )
}

function isPredictableAround(text: string): boolean {
  return text.length <= aroundMax || isRepeated(text) || isSequence(text)
}

function isPredictable(text: string): boolean {
  return isRepeated(text) || isSequence(text) || list().includes(`\n${text}\n`)
}

/** With the letters that digits and marks stand for. */
function withLetters(text: string): string {
  return text.replaceAll(/[01345@$!7]/g, (mark) => letters[mark] ?? mark)
}

const letters: Record<string, string> = {
  0: 'o',
  1: 'i',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}

/**
 * The list as one text, a line each: 0.4 MB, where an array of them takes ten times as much. It is loaded when the first
 * password is set, in 25 ms; most instances never need it.
 */
const list = lazy(() => {
  const load = createRequire(import.meta.url)
  const passwords = load('@zxcvbn-ts/language-common/dist/passwords.json.cjs') as string[]
  const loaded = Object.keys(load.cache).filter((path) => path.includes('@zxcvbn-ts'))
  for (const path of loaded) Reflect.deleteProperty(load.cache, path)
  return `\n${passwords.join('\n')}\n`
})
