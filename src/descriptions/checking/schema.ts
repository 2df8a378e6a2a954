import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import Ajv04 from 'ajv-draft-04'
import addFormats from 'ajv-formats'
import type { Format } from '../description.ts'
import { isDistinct } from './distinct.ts'

export interface Schema {
  /** The schema itself. */
  root: object
  /** Whether a document keeps to the schema: the fast way, which stops at the first error. */
  holds: (document: object) => boolean
  /** What a document breaks, in the order of the schema; not all of it where that is thousands. */
  errorsOf: (document: object) => ErrorObject[]
}

const schemas = new Map<Format, Schema>()

/** The schema of a format, compiled when it is first asked for. Null for AsyncAPI 1, which has none that can be trusted. */
export function schemaOf(format: Format): Schema | null {
  if (format.startsWith('asyncapi-1')) return null
  let schema = schemas.get(format)
  if (!schema) {
    schema = createSchema(format)
    schemas.set(format, schema)
  }
  return schema
}

function createSchema(format: Format): Schema {
  const root = readSchema(format)
  let first: ValidateFunction | undefined
  let all: ValidateFunction | undefined
  return {
    root,
    holds: (document) => (first ??= compile(root, {}))(document),
    errorsOf(document) {
      all ??= compile(root, {
        allErrors: true,
        verbose: true,
        passContext: true,
        code: { process: countErrors },
      })
      const budget = createBudget()
      try {
        all.call(budget, document)
        return all.errors ?? []
      } catch (error) {
        if (error instanceof TooManyErrors) return error.errors
        throw error
      }
    },
  }
}

class TooManyErrors extends Error {
  readonly errors: ErrorObject[]

  constructor(errors: ErrorObject[]) {
    super('too many errors')
    this.errors = errors
  }
}

/** So many errors are made for one document, those of branches that were only tried included. */
const errorLimit = 20_000

function createBudget() {
  let count = 0
  return {
    spend(errors: ErrorObject[]) {
      if (++count > errorLimit) throw new TooManyErrors(errors)
    },
  }
}

/** Lets the compiled code count its errors: a document of a million values may break its schema a million times. */
function countErrors(code: string): string {
  return code.replaceAll('errors++;', 'errors++;this.spend(vErrors);')
}

function compile(schema: SchemaDocument, options: Options): ValidateFunction {
  const ajv = createAjv(schema, {
    strict: false,
    // They were published, and are tested: this saves half of the time that compiling takes.
    validateSchema: false,
    logger: false,
    ...options,
  })
  ;(addFormats as unknown as typeof addFormats.default)(ajv)
  ajv.addFormat('media-range', true)
  // Its own compares each with each.
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (wanted: boolean, items: unknown[]) => !wanted || isDistinct(items),
    errors: false,
  })
  return ajv.compile(schema)
}

interface SchemaDocument {
  $schema: string
}

function createAjv(schema: SchemaDocument, options: Options): Ajv {
  if (schema.$schema.includes('draft-04')) return new (Ajv04 as unknown as typeof Ajv)(options)
  if (schema.$schema.includes('2020-12')) return new Ajv2020({ ...options, meta: false })
  // Those of AsyncAPI bring the schema of schemas with them.
  return new Ajv({ ...options, meta: false })
}

function readSchema(format: Format): SchemaDocument {
  const path = createRequire(import.meta.url).resolve(schemaPath(format))
  return JSON.parse(
    readFileSync(path, 'utf8'),
    format.startsWith('asyncapi') ? allowReference : undefined,
  ) as SchemaDocument
}

/**
 * AsyncAPI's schemas say "either a reference or a thing" by `oneOf`, and let some things have a `$ref` themselves, so that
 * a reference is both and fits neither. Meant is `anyOf`.
 */
function allowReference(_: string, value: unknown): unknown {
  const branches = (value as { oneOf?: unknown } | null)?.oneOf
  if (!Array.isArray(branches) || !branches.some(isReference)) return value
  const { oneOf, ...others } = value as { oneOf: unknown[] }
  return { ...others, anyOf: oneOf }
}

function isReference(branch: unknown): boolean {
  const target = (branch as { $ref?: unknown } | null)?.$ref
  return typeof target === 'string' && target.endsWith('/Reference.json')
}

function schemaPath(format: Format): string {
  const [name, version] = format.split('-')
  return name === 'asyncapi'
    ? `@asyncapi/specs/schemas/${version}.0.json`
    : `@seriousme/openapi-schema-validator/schemas/v${version}/schema.json`
}
