import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../src/portability')

/** The files below the folder that a file imports, types included: the linter does not follow those. */
function importsOf(file: string): string[] {
  const imported = readFileSync(file, 'utf8').matchAll(/^(?:import|\}) .*?'(\.[^']+)'$/gm)
  return Array.from(imported, ([, path]) => join(dirname(file), path ?? '')).filter((path) =>
    path.startsWith(root),
  )
}

function circleFrom(file: string, way: string[], done: Set<string>): string[] | undefined {
  if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
  if (done.has(file)) return undefined
  for (const next of importsOf(file)) {
    const circle = circleFrom(next, [...way, file], done)
    if (circle) return circle
  }
  done.add(file)
  return undefined
}

it('no file of portability imports itself by way of others, not even for a type', () => {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  const done = new Set<string>()
  for (const file of files.filter((name) => name.endsWith('.ts'))) {
    expect(circleFrom(join(root, file), [], done)?.map((path) => path.slice(root.length))).toBe(
      undefined,
    )
  }
  expect(done.size).toBeGreaterThan(30)
})
