import type { ErrorObject } from 'ajv'
import { child } from '../pointer.ts'
import { type Part, partsOfPlace, partsOfProperties, resolvePart } from './schema.parts.ts'

/**
 * Leaves out what only says that a branch of `oneOf` or `anyOf` was not meant: that an object is no reference, or that a
 * security scheme is of another type. The errors come in the order of the validator: those of the branches stand before
 * the error that says that none fits.
 */
export function usefulErrors(root: object, errors: readonly ErrorObject[]): ErrorObject[] {
  const dropped = new Set<ErrorObject>()
  for (const [index, error] of errors.entries()) {
    if (!composites.has(error.keyword)) continue
    const inner = errorsInside(errors, index).filter((one) => !dropped.has(one))
    const kept = isChoice(error) ? dropWrongBranches({ root, error, inner, dropped }) : inner
    if (kept.length > 0) dropped.add(error)
  }
  return errors.filter((error) => !dropped.has(error))
}

const composites = new Set([
  'oneOf',
  'anyOf',
  'if',
  'propertyNames',
  'unevaluatedProperties',
  'unevaluatedItems',
])

function isChoice({ keyword }: ErrorObject): boolean {
  return keyword === 'oneOf' || keyword === 'anyOf'
}

/** Those that stand before an error and concern the same value, or what is in it. */
function errorsInside(errors: readonly ErrorObject[], index: number): ErrorObject[] {
  const { instancePath: path, keyword } = errors[index] as ErrorObject
  let first = index
  while (first > 0 && isWithin(errors[first - 1]?.instancePath ?? '', path)) first--
  // Of keys that do not belong, each is told.
  return errors.slice(first, index).filter((one) => one.keyword !== keyword || isChoice(one))
}

function isWithin(path: string, outer: string): boolean {
  return path.startsWith(outer) && (path.length === outer.length || path[outer.length] === '/')
}

interface Choice {
  root: object
  error: ErrorObject
  inner: readonly ErrorObject[]
  dropped: Set<ErrorObject>
}

/** Gives the errors of the branches that were meant. */
function dropWrongBranches({ root, error, inner, dropped }: Choice): ErrorObject[] {
  const branches = branchesOf(root, error)
  const meant = meantBranches(root, branches, error.data)
  const here = partsOfAll(root, meant)
  const properties = partsOfProperties(root, here)
  const everywhere = partsOfAll(root, branches)
  const everyProperty = partsOfProperties(root, everywhere)
  const path = error.instancePath

  return inner.filter((one) => {
    const part = one.parentSchema as Part
    const below = one.instancePath.slice(path.length + 1)
    // Further inside, the same part may be what was meant: schemas hold schemas.
    if (below.includes('/')) return true
    const [own, all] = below === '' ? [here, everywhere] : [properties, everyProperty]
    if (own.has(part)) return true
    if (all.has(part)) dropped.add(one)
    return !all.has(part) && below !== ''
  })
}

function partsOfAll(root: object, branches: readonly Part[]): Set<Part> {
  return new Set(branches.flatMap((branch) => [...partsOfPlace(root, branch)]))
}

/** The alternatives of an error, references between schemas followed. */
export function branchesOf(root: object, error: ErrorObject): Part[] {
  const listed = child(error.parentSchema, error.keyword)
  return Array.isArray(listed) ? listed.map((branch) => resolvePart(root, branch as Part)) : []
}

/** Whether a branch asks for one key and nothing else. */
export function isOneKey(branch: Part): boolean {
  const { required, ...others } = branch
  const isKey = Array.isArray(required) && required.length === 1 && required[0] !== '$ref'
  return isKey && Object.keys(others).every((key) => key === 'type')
}

/** The branches whose errors say something; none where the choice between them says more. */
function meantBranches(root: object, branches: readonly Part[], value: unknown): Part[] {
  if (branches.every(isOneKey)) return []
  const likely = branches.filter((branch) => isOfKind(branch, value))
  const named = likely.filter((branch) => namesOf(root, branch, value).size === 0)
  if (named.length > 0) return named
  return likely.length === 1 ? likely : []
}

/** What the branches allow for the keys that tell them apart, where a value has something else there. */
export function namesThatTell(
  root: object,
  branches: readonly Part[],
  value: unknown,
): Map<string, unknown[]> {
  const names = new Map<string, unknown[]>()
  for (const branch of branches.filter((one) => isOfKind(one, value))) {
    for (const [key, allowed] of namesOf(root, branch, value)) {
      names.set(key, [...(names.get(key) ?? []), ...allowed])
    }
  }
  return names
}

/** Whether a value has the type of a branch, and is a reference where that is one. */
function isOfKind(branch: Part, value: unknown): boolean {
  const { type, required } = branch
  const isObject = typeof value === 'object' && value !== null
  if (type === 'object' && (!isObject || Array.isArray(value))) return false
  if (type === 'array' && !Array.isArray(value)) return false
  if (typeof type === 'string' && type !== 'object' && type !== 'array' && isObject) return false
  const isReference = Array.isArray(required) && required.includes('$ref')
  return !isReference || child(value, '$ref') !== undefined
}

/** The keys by which a branch is told from others, its `type` for one, where the value has something else. */
function namesOf(root: object, branch: Part, value: unknown): Map<string, unknown[]> {
  const names = new Map<string, unknown[]>()
  for (const [key, part] of Object.entries(child(branch, 'properties') ?? {})) {
    const { enum: listed, const: single } = resolvePart(root, part as Part)
    const allowed = Array.isArray(listed)
      ? (listed as unknown[])
      : single === undefined
        ? []
        : [single]
    const actual = child(value, key)
    if (actual !== undefined && allowed.length > 0 && !allowed.includes(actual))
      names.set(key, allowed)
  }
  return names
}
