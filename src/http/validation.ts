import { Ajv, type AnySchema, type ErrorObject } from 'ajv'
import formats from 'ajv-formats'
import type { FastifyServerOptions } from 'fastify'
import { lazy } from '../lazy.ts'

type Factory = NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']
type BuildValidator = NonNullable<NonNullable<Factory>['buildValidator']>

const options = {
  removeAdditional: false,
  useDefaults: true,
  allErrors: false,
  strict: false,
  // Our own schemas; the tests use each of them.
  meta: false,
  validateSchema: false,
}

/**
 * How requests are held against their schemas: a body's values keep their types and unknown fields are refused; text
 * of the query and the path may become a number or a boolean. Each schema is compiled at its first use: compiling
 * all of them would be a third of a cold start.
 */
export const buildValidator = ((shared: unknown) => {
  const strict = lazy(() => createAjv(shared, { ...options, coerceTypes: false }))
  const coercing = lazy(() => createAjv(shared, { ...options, coerceTypes: true }))

  return ({ schema, httpPart }: { schema: AnySchema; httpPart?: string }) => {
    const compiled = lazy(() => (httpPart === 'body' ? strict() : coercing()).compile(schema))
    return (data: unknown) => {
      const validate = compiled()
      return validate(data) ? { value: data } : { error: new InvalidError(validate.errors ?? []) }
    }
  }
  // Fastify's types have the schema alone come in; its code and its docs have the route's part of it.
}) as unknown as BuildValidator

function createAjv(shared: unknown, ajvOptions: object): Ajv {
  const ajv = formats.default(new Ajv(ajvOptions))
  for (const schema of Object.values(shared as Record<string, object>)) ajv.addSchema(schema)
  return ajv
}

class InvalidError extends Error {
  readonly validation: ErrorObject[]
  constructor(validation: ErrorObject[]) {
    super('the request does not fit the schema')
    this.validation = validation
  }
}
