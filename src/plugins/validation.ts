import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import type { FastifySchema } from 'fastify'
import fp from 'fastify-plugin'
import { lazy } from '../lazy.ts'

const options = { removeAdditional: false, useDefaults: true, allErrors: false, strict: false }

/**
 * A body's values keep their types and unknown fields are refused; text of the query and the path may become a number
 * or a boolean. Each schema is compiled at its first use: compiling all of them is a third of a cold start.
 */
export default fp(
  (app) => {
    const strict = lazy(() => formats.default(new Ajv(options)))
    const coercing = lazy(() => formats.default(new Ajv({ ...options, coerceTypes: true })))

    app.setValidatorCompiler<FastifySchema>(({ schema, httpPart }) => {
      const compiled = lazy(() => (httpPart === 'body' ? strict() : coercing()).compile(schema))
      const validate = (data: unknown) => {
        const valid = compiled()(data)
        return valid ? { value: data } : { error: new InvalidError(compiled().errors ?? []) }
      }
      return validate
    })
  },
  { name: 'validation' },
)

class InvalidError extends Error {
  readonly validation: NonNullable<Ajv['errors']>
  constructor(validation: NonNullable<Ajv['errors']>) {
    super('the request does not fit the schema')
    this.validation = validation
  }
}
