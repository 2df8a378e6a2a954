import type { LockName } from '../../../database/database.ts'
import { DescriptionError } from '../../../descriptions/description.errors.ts'
import type { CheckedDocument } from '../../../descriptions/description.ts'
import { buildValidator } from '../../../http/validation.ts'
import { lazy } from '../../../lazy.ts'
import { isPlainText } from '../../../plain-text.ts'
import { problemOfValidation } from '../../../plugins/errors.validation.ts'
import { locksOfSpec } from '../publish.ts'
import { reservedSlugs } from '../slug.ts'
import { InvalidParameterError } from '../specs.errors.ts'
import { assertVersionName } from '../version.ts'
import type { ItemFate } from './bulk.errors.ts'
import { ImportItem } from './bulk.schemas.ts'
import { packDocument, type PackedDocument } from './packed-document.ts'

/** An item whose document was checked. */
export interface CheckedItem {
  index: number
  slug: string | undefined
  title: string | undefined
  tags: string[]
  visibility: 'public' | 'private'
  version: string | undefined
  document: PackedDocument
  /** What a unit must be alone on that makes a spec of it. */
  locks: LockName[]
}

type Refusal = Extract<ItemFate, { outcome: 'refused' }>

/** Checks one item and its document. What is wrong with it is given back, not raised. */
export async function checkItem(
  given: unknown,
  index: number,
  check: (document: Uint8Array<ArrayBuffer>) => Promise<CheckedDocument>,
): Promise<CheckedItem | Refusal> {
  try {
    const item = itemOf(given)
    const document = await check(new TextEncoder().encode(item.content))
    const { slug, title, tags = [], visibility = 'public' } = item
    const locks = locksOfSpec({ document, slug, title })
    const version = versionOf(item)
    return {
      index,
      slug,
      title,
      tags,
      visibility,
      version,
      locks,
      document: await packDocument(document),
    }
  } catch (error) {
    const reason = reasonOf(error)
    if (!reason) throw error
    return { index, outcome: 'refused', ...reason }
  }
}

export function isRefused(item: CheckedItem | Refusal): item is Refusal {
  return 'outcome' in item
}

class ItemError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

const validate = lazy(() => {
  const build = buildValidator as unknown as (shared: object) => (route: object) => Validate
  return build({})({ schema: ImportItem, httpPart: 'body' })
})

type Validate = (item: unknown) => { error?: Parameters<typeof problemOfValidation>[0] }

function itemOf(given: unknown): ImportItem {
  const { error } = validate()(given)
  if (error) {
    const [first] = problemOfValidation(error).errors ?? []
    throw new ItemError('invalid_request', `${first?.pointer || 'The item'} ${first?.detail}.`)
  }
  const item = given as ImportItem
  if (reservedSlugs.includes(item.slug ?? '')) {
    throw new ItemError('invalid_request', '/slug is reserved.')
  }
  if (!isPlainText(item.title ?? '') || !item.content.isWellFormed()) {
    throw new ItemError('invalid_text', 'A text holds a character that is not allowed.')
  }
  return item
}

function versionOf({ version, latest }: ImportItem): string | undefined {
  const name = version ?? latest?.version
  return name === undefined ? undefined : assertVersionName(name)
}

/** Undefined for what is no fault of the item. */
function reasonOf(error: unknown): { code: string; detail: string } | undefined {
  if (error instanceof ItemError || error instanceof DescriptionError) {
    return { code: error.code, detail: error.message }
  }
  if (!(error instanceof InvalidParameterError)) return undefined
  const [first] = error.errors
  return { code: 'invalid_request', detail: `/${first?.parameter} ${first?.detail}.` }
}
