import type { ErrorObject } from 'ajv'
import { child, resolvePointer } from './pointer.ts'

/** A schema, or a part of one. */
type Part = Record<string, unknown>

/**
 * Leaves out what only says that a branch of `oneOf` or `anyOf` was not meant: that an object is no reference, or that a
 * security scheme is of another type. The errors come in the order of the validator: those of the branches stand before
 * the error that says that none fits.
 */
export function usefulErrors(root: object, errors: readonly ErrorObject[]): ErrorObject[] {
  const dropped = new Set<ErrorObject>()
  for (const [index, error] of errors.entries()) {
    if (!isComposite(error)) continue
    const inner = errorsInside(errors, index).filter((one) => !dropped.has(one))
    if (error.keyword === 'oneOf' || error.keyword === 'anyOf')
      dropWrongBranches({ root, error, inner, dropped })
    if (inner.some((one) => !dropped.has(one))) dropped.add(error)
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

function isComposite({ keyword }: ErrorObject): boolean {
  return composites.has(keyword)
}

/** Those that stand before an error and concern the same value, or what is in it. */
function errorsInside(errors: readonly ErrorObject[], index: number): ErrorObject[] {
  const path = errors[index]?.instancePath ?? ''
  let first = index
  while (first > 0 && isWithin(errors[first - 1]?.instancePath ?? '', path)) first--
  return errors
    .slice(first, index)
    .filter(
      ({ keyword }) => keyword !== errors[index]?.keyword || !keyword.startsWith('unevaluated'),
    )
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

function dropWrongBranches({ root, error, inner, dropped }: Choice): void {
  const branches = branchesOf(root, error)
  // Branches that only name a key each say less than the choice between them.
  const wrong = branches.every(isOneKey)
    ? branches
    : branches.filter((branch) => !isMeant(branch, error.data))
  const parts = new Set<unknown>(
    wrong.flatMap((branch) => [branch, ...Object.values(child(branch, 'properties') ?? {})]),
  )
  for (const one of inner) if (parts.has(one.parentSchema)) dropped.add(one)
}

/** Whether a branch asks for one key and nothing else. */
export function isOneKey(branch: Part): boolean {
  const { required, ...others } = branch
  return (
    Array.isArray(required) &&
    required.length === 1 &&
    required[0] !== '$ref' &&
    Object.keys(others).length === 0
  )
}

/** The alternatives of an error, references between schemas followed. */
export function branchesOf(root: object, error: ErrorObject): Part[] {
  const listed = child(error.parentSchema, error.keyword)
  return Array.isArray(listed) ? listed.map((branch) => follow(root, branch as Part)) : []
}

function follow(root: object, branch: Part): Part {
  const reference = branch['$ref']
  if (typeof reference !== 'string') return branch
  const target = reference.startsWith('#')
    ? resolvePointer(root, reference.slice(1))
    : child(child(root, 'definitions'), reference)
  return (target ?? branch) as Part
}

/** Whether a value looks like what a branch describes: its type, and the names that tell the branches apart. */
function isMeant(branch: Part, value: unknown): boolean {
  const { type, required } = branch
  if (type === 'object' && (typeof value !== 'object' || value === null || Array.isArray(value)))
    return false
  if (
    typeof type === 'string' &&
    type !== 'object' &&
    typeof value === 'object' &&
    value !== null
  ) {
    if (type !== 'array' || !Array.isArray(value)) return false
  }
  const isReference = Array.isArray(required) && required.includes('$ref')
  if (
    isReference !== (child(value, '$ref') !== undefined) &&
    (isReference || branch['properties'] === undefined)
  ) {
    return false
  }
  return Object.entries(child(branch, 'properties') ?? {}).every(([key, part]) => {
    const actual = child(value, key)
    return actual === undefined || allows(part as Part, actual)
  })
}

function allows(part: Part, value: unknown): boolean {
  if (Array.isArray(part['enum'])) return part['enum'].includes(value)
  return !Object.hasOwn(part, 'const') || part['const'] === value
}
