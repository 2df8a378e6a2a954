import type { FastifyServerOptions } from 'fastify'
import { lazy } from '../lazy.ts'

type Factory = NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']
type BuildSerializer = NonNullable<NonNullable<Factory>['buildSerializer']>

interface Schema {
  $ref?: string
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  items?: Schema
}

/** Gives of a value what its schema names, and nothing else. */
type Pick = (value: unknown) => unknown

/**
 * How answers become JSON: by their schemas, which let nothing pass that they do not name; then by JSON.stringify.
 * Generated serialisers take three times as long for a page of rows (their text is put together from pieces, and put
 * together once more when it is sent), and generating them is a tenth of a cold start.
 */
export const buildSerializer: BuildSerializer = (shared) => {
  const schemas = shared as Record<string, Schema>

  return ({ schema }) => {
    const pick = lazy(() => createPick(schema as Schema, schemas))
    return (data: unknown) => JSON.stringify(pick()?.(data) ?? data)
  }
}

/** Undefined where a value passes as it is. */
function createPick(schema: Schema, shared: Record<string, Schema>): Pick | undefined {
  if (schema.$ref !== undefined) return createPick(referred(schema.$ref, shared), shared)
  if (schema.items) return pickItems(createPick(schema.items, shared))
  if (schema.properties) return pickProperties(schema.properties, shared)
  const [pattern] = Object.values(schema.patternProperties ?? {})
  return pattern && pickValues(createPick(pattern, shared))
}

function referred(reference: string, shared: Record<string, Schema>): Schema {
  const found = shared[reference.replace(/#$/, '')]
  if (!found) throw new Error(`no schema is called ${reference}`)
  return found
}

function pickItems(pick: Pick | undefined): Pick | undefined {
  if (!pick) return undefined
  return (value) => {
    if (!Array.isArray(value)) return value
    let picked: unknown[] | undefined
    for (let i = 0; i < value.length; i++) {
      const item = pick(value[i])
      if (item === value[i]) continue
      picked ??= value.slice()
      picked[i] = item
    }
    return picked ?? value
  }
}

function pickProperties(properties: Record<string, Schema>, shared: Record<string, Schema>): Pick {
  const names = Object.keys(properties)
  const picks = Object.values(properties).map((property) => createPick(property, shared))
  const inner = names.flatMap((name, i) => (picks[i] ? [{ name, pick: picks[i] }] : []))

  function copy(value: Record<string, unknown>): Record<string, unknown> {
    const picked: Record<string, unknown> = {}
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string
      const pick = picks[i]
      picked[name] = pick ? pick(value[name]) : value[name]
    }
    return picked
  }

  // What has nothing else, in the same order, passes as it is: a copy key by key takes as long as its JSON.
  return (value) => {
    if (!isObject(value)) return value
    if (!hasOnly(value, names)) return copy(value)
    let picked = value
    for (const { name, pick } of inner) {
      const before = value[name]
      const after = pick(before)
      if (after === before) continue
      if (picked === value) picked = { ...value }
      picked[name] = after
    }
    return picked
  }
}

/** Whether all keys are among these names, and in their order. */
function hasOnly(value: Record<string, unknown>, names: string[]): boolean {
  let at = 0
  for (const key in value) {
    while (at < names.length && names[at] !== key) at++
    if (at++ >= names.length) return false
  }
  return true
}

function pickValues(pick: Pick | undefined): Pick | undefined {
  if (!pick) return undefined
  return (value) => {
    if (!isObject(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, pick(inner)]))
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
