import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { rules } from './rules.ts'

const folder = join(import.meta.dirname, '..')

/** The names of tests that cite a rule, by its number. */
function citations(): Map<string, string[]> {
  const cited = new Map<string, string[]>()
  for (const file of globSync('**/*.test.ts', { cwd: folder })) {
    const text = readFileSync(join(folder, file), 'utf8')
    for (const [, name = '', numbers = ''] of text.matchAll(/([^'`\n]*)\(security ([\d., ]+)\)/g)) {
      for (const number of numbers.split(/,\s*/))
        cited.set(number, [...(cited.get(number) ?? []), `${file}: ${name.trim()}`])
    }
  }
  return cited
}

describe('the rules of security', () => {
  const cited = citations()

  it.each(Object.entries(rules))('%s, %s, is shown by a test', (number) => {
    expect(cited.get(number) ?? []).not.toEqual([])
  })

  it('are cited by numbers that they have', () => {
    const first = /^3\.[1-9](?:\.\d+)?$/
    const unknown = [...cited.keys()].filter((number) => first.test(number) && !(number in rules))
    expect(unknown).toEqual([])
  })
})
