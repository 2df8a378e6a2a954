import { Column, is, Param, Placeholder, SQL, type DriverValueDecoder } from 'drizzle-orm'
import type { Execute } from './database.ts'

interface Field {
  path: string[]
  field: unknown
}

interface Built {
  sql: string
  params: unknown[]
}

/** The part of drizzle's sessions that every query goes through; their types leave it out. */
interface Session {
  prepareQuery: (query: Built, fields: Field[] | undefined, ...rest: unknown[]) => object
}

/**
 * Lets a drizzle session run its queries by statements of ours: the SQL and what is bound to it are worked out once,
 * and rows become objects by a plan, not by asking each value of each row what it is. On the hottest reads that is
 * half of what the database layer costs. It also leaves errors as they are: drizzle's carry every parameter in
 * their message.
 */
export function useOwnStatements(db: object, execute: Execute): void {
  const { session } = db as { session: Session }
  const prepare = session.prepareQuery.bind(session)
  session.prepareQuery = (query, fields, ...rest) => {
    const prepared = prepare(query, fields, ...rest)
    // Joins that give an object for each table: drizzle's own way knows which of them are null.
    const nested = fields?.some(({ path }) => path.length > 1)
    if (nested) return Object.assign(prepared, { queryWithCache: straight })
    const run = createStatement(query, fields, execute)
    return Object.assign(prepared, { execute: run, all: run, run, values: run })
  }
}

type Statement = (values?: Record<string, unknown>) => Promise<unknown[]>

function createStatement(
  { sql, params }: Built,
  fields: Field[] | undefined,
  execute: Execute,
): Statement {
  const bind = createBinding(params)
  if (!fields) return async (values) => (await execute(sql, bind(values))).rows
  const toObject = createRowPlan(fields)
  return async (values) => (await execute(sql, bind(values))).rows.map(toObject)
}

type Binder = (values: Record<string, unknown>) => unknown

function createBinding(params: unknown[]): (values?: Record<string, unknown>) => unknown[] {
  const binders = params.map(binderOf)
  if (binders.every((binder) => binder === undefined)) return () => params
  return (values = {}) => binders.map((binder, i) => (binder ? binder(values) : params[i]))
}

function binderOf(param: unknown): Binder | undefined {
  if (is(param, Placeholder)) return (values) => valueOf(param, values)
  if (!is(param, Param) || !is(param.value, Placeholder)) return undefined
  const { value, encoder } = param
  return (values) => {
    const given = valueOf(value, values)
    // Encoders know values of their type only: a boolean's makes 0 of null.
    return given === null ? null : encoder.mapToDriverValue(given)
  }
}

function valueOf({ name }: Placeholder, values: Record<string, unknown>): unknown {
  if (!(name in values)) throw new Error(`the statement has no value for ${name}`)
  return values[name]
}

function createRowPlan(fields: Field[]): (row: unknown[]) => Record<string, unknown> {
  const plan = fields.map(({ path, field }) => ({
    key: path[0] as string,
    decode: decoderOf(field),
  }))
  return (row) => {
    const object: Record<string, unknown> = {}
    for (let i = 0; i < plan.length; i++) {
      const { key, decode } = plan[i] as (typeof plan)[number]
      const value = row[i]
      object[key] = value === null || !decode ? value : decode(value)
    }
    return object
  }
}

/** Undefined where values stay as the driver gives them. */
function decoderOf(field: unknown): ((value: unknown) => unknown) | undefined {
  const decoder = decoderIn(field)
  if (decoder.mapFromDriverValue === Column.prototype.mapFromDriverValue) return undefined
  return (value) => decoder.mapFromDriverValue(value)
}

function decoderIn(field: unknown): DriverValueDecoder<unknown, unknown> {
  if (is(field, Column)) return field
  const expression = is(field, SQL) ? field : (field as { sql: SQL }).sql
  return (expression as unknown as { decoder: DriverValueDecoder<unknown, unknown> }).decoder
}

function straight<Result>(_sql: string, _params: unknown[], query: () => Result): Result {
  return query()
}
