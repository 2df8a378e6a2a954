import type { Act } from '../../../audit/entry.ts'
import type { LockName } from '../../../database/database.ts'
import type { Repositories } from '../../../storage.ts'
import { auditedSpec } from '../access.ts'
import type { Allowance } from '../allowance.ts'
import { publishSpec, publishVersion, slugLock, specLock } from '../publish.ts'
import type { Caller } from '../../../plugins/access.ts'
import { mayWrite } from '../spec.ts'
import { ChangedMeanwhileError, SlugTakenError, VersionTakenError } from '../specs.errors.ts'
import { ImportRefusedError, type ItemFate } from './bulk.errors.ts'
import { isRefused, type CheckedItem } from './bulk.item.ts'
import type { ImportedItem } from './bulk.schemas.ts'
import { unpackDocument } from './packed-document.ts'

type Item = Parameters<typeof isRefused>[0]

/** Which specs the slugs of an import name, as far as there are any, and whose they are. */
export type Targets = ReadonlyMap<string, { id: string; ownerId: string }>

export async function findTargets(repositories: Repositories, items: Item[]): Promise<Targets> {
  const targets = new Map<string, { id: string; ownerId: string }>()
  for (const slug of new Set(items.map((item) => (isRefused(item) ? undefined : item.slug)))) {
    const spec = slug === undefined ? undefined : await repositories.specs.bySlug(slug)
    if (spec) targets.set(spec.slug, { id: spec.id, ownerId: spec.ownerId })
  }
  return targets
}

/** What the unit of an import must be alone on. */
export function locksOfImport(items: Item[], targets: Targets): LockName[] {
  const slugs = [...targets.keys()].map(slugLock)
  const specs = [...targets.values()].map(({ id }) => specLock(id))
  return [...slugs, ...specs, ...items.flatMap((item) => (isRefused(item) ? [] : item.locks))]
}

/**
 * Publishes all items in a unit that is alone on `locksOfImport`; `acts` are for the audit log. Raises `ImportRefusedError` when an item was refused
 * before or is now, `QuotaExceededError`, and `ChangedMeanwhileError` when a slug names another spec than it did:
 * nothing is to stay then.
 */
export async function applyImport(
  tx: Repositories,
  { items, ...given }: { items: Item[] } & Omit<Context, 'made' | 'acts'>,
): Promise<{ items: ImportedItem[]; acts: SpecAct[] }> {
  const context = { ...given, made: new Set<string>(), acts: [] }
  const imported: ImportedItem[] = []
  const fates: ItemFate[] = []
  for (const item of items) {
    if (isRefused(item)) {
      fates.push(item)
      continue
    }
    try {
      imported.push(await applyItem(tx, item, context))
      fates.push({ index: item.index, outcome: 'ok' })
    } catch (error) {
      fates.push(refusal(item.index, error))
    }
  }
  if (imported.length < items.length) throw new ImportRefusedError(fates)
  return { items: imported, acts: context.acts }
}

/** What the audit log is told of one item. */
type SpecAct = Required<Pick<Act, 'action' | 'object' | 'details'>>

interface Context {
  targets: Targets
  /** The specs that this import has made itself, which its other items may add to. */
  made: Set<string>
  caller: Caller
  allowance: Allowance
  acts: SpecAct[]
}

async function applyItem(
  tx: Repositories,
  item: CheckedItem,
  { targets, made, caller, allowance, acts }: Context,
): Promise<ImportedItem> {
  const { index, slug, title, tags, visibility, version } = item
  const document = await unpackDocument(item.document)
  const publication = { document, version, state: 'published' as const, allowance }
  const there = slug === undefined ? undefined : await tx.specs.bySlug(slug)
  if (slug !== undefined && !made.has(there?.id ?? '') && there?.id !== targets.get(slug)?.id) {
    throw new ChangedMeanwhileError()
  }
  if (there) {
    if (!mayWrite(there, caller)) throw new SlugTakenError()
    const added = await publishVersion(tx, there, publication)
    if (added.outcome === 'added') acts.push(actOf('version.create', there, added.version))
    return { index, slug: there.slug, version: added.version.version, outcome: added.outcome }
  }
  const ownerId = caller.userId
  const added = await publishSpec(tx, { ...publication, slug, title, tags, visibility, ownerId })
  made.add(added.spec.id)
  acts.push(actOf('spec.create', added.spec, added.version))
  return { index, slug: added.spec.slug, version: added.version.version, outcome: 'added' }
}

function actOf(action: string, spec: { id: string; slug: string }, version: { version: string }) {
  return { action, object: auditedSpec(spec), details: { version: version.version } }
}

/** These are found before anything of the item is written: the unit can go on. Raises what is no fault of the item. */
function refusal(index: number, error: unknown): ItemFate {
  if (error instanceof SlugTakenError || error instanceof VersionTakenError) {
    const { code, message } = error
    return { index, outcome: 'refused', code: code.toLowerCase(), detail: message }
  }
  throw error
}
