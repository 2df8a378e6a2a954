import { createHash } from 'node:crypto'

const longest = 80
/** The service keeps them for itself. */
const reserved = ['import']

/**
 * Gives each path, in the order in which they come, a slug of its own: made from the path without its extension. Where
 * another has it already the extension goes into it (`a.json` is `a`, `a.yaml` is `a-yaml`), then a number. The same
 * paths get the same slugs each time.
 */
export function slugsOf(paths: readonly string[]): Map<string, string> {
  const taken = new Set(reserved)
  const slugs = new Map<string, string>()
  for (const path of paths) {
    const slug = firstFree(path, taken)
    taken.add(slug)
    slugs.set(path, slug)
  }
  return slugs
}

function firstFree(path: string, taken: ReadonlySet<string>): string {
  const end = path.lastIndexOf('.')
  const short = slugOf(path.slice(0, end), path)
  if (!taken.has(short)) return short
  const long = slugOf(path, path)
  if (!taken.has(long)) return long
  for (let n = 2; ; n += 1) {
    const numbered = slugOf(`${long.slice(0, longest - 10)}-${n}`, path)
    if (!taken.has(numbered)) return numbered
  }
}

/** What is too long is cut, and gets some of the hash of its path to differ by. */
function slugOf(text: string, path: string): string {
  const words = text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
  if (words !== '' && words.length <= longest) return words
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 8)
  const kept = words.slice(0, longest - hash.length - 1).replace(/-$/, '')
  return `${kept === '' ? 'spec' : kept}-${hash}`
}
