import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { numberMark } from './load.ts'
import { root } from './server.ts'

const source = join(root, 'test/fixtures/specs/redocly-museum/cafe-3.2.yaml')

/**
 * A real description as JSON of 39 kB, with the number's mark in its title: each is new, and so is its slug. The number
 * stands in a word, for slugs that differ in a number at their end wait for each other.
 */
export function uploadDocument(): string {
  const document = parse(readFileSync(source, 'utf8')) as { info: { title: string } }
  document.info.title = `Café a${numberMark}z`
  return JSON.stringify(document, undefined, 1)
}
