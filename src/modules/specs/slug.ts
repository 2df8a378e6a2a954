import { withoutAccents } from '../../search/fold.ts'

const longest = 70

/** Paths of the API that no spec may take. */
export const reservedSlugs: readonly string[] = ['import']

/** A title as a slug, of at most 70 characters; `spec` where nothing of it can stand in one. May be taken. */
export function slugOf(title: string): string {
  const plain = withoutAccents(title).toUpperCase().toLowerCase()
  const words = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')
  return words === '' ? 'spec' : cutAtHyphen(words)
}

function cutAtHyphen(slug: string): string {
  if (slug.length <= longest) return slug
  const hyphen = slug.lastIndexOf('-', longest)
  return hyphen > 0 ? slug.slice(0, hyphen) : slug.slice(0, longest)
}

const near = Array.from({ length: 15 }, (_, i) => i + 2)
const far = Array.from({ length: 20 }, (_, i) => 2 ** (i + 5))

/**
 * The first name of `name`, `<name><mark>2`, `<name><mark>3` … that is free, found in few questions: `taken` tells
 * which of some names are not. Beyond the sixteenth one it gives one that is free and whose predecessor is not.
 */
export async function freeName(
  name: string,
  mark: string,
  taken: (names: string[]) => Promise<ReadonlySet<string>>,
): Promise<string> {
  const numbered = (number: number) => `${name}${mark}${number}`
  const first = await firstFree([name, ...near.map(numbered)], taken)
  if (first !== undefined) return first

  const reach = await firstFree(far.map(numbered), taken)
  if (reach === undefined) throw new Error(`a million names like ${name} are taken`)
  let free = far[far.map(numbered).indexOf(reach)] ?? 0
  let used = free / 2
  while (free - used > 1) {
    const middle = Math.floor((free + used) / 2)
    const found = await taken([numbered(middle)])
    if (found.size > 0) used = middle
    else free = middle
  }
  return numbered(free)
}

async function firstFree(
  names: string[],
  taken: (names: string[]) => Promise<ReadonlySet<string>>,
): Promise<string | undefined> {
  const found = await taken(names)
  return names.find((name) => !found.has(name))
}
