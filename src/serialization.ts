import fastJson, { type Options, type Schema } from 'fast-json-stringify'
import type { FastifyServerOptions } from 'fastify'
import { lazy } from './lazy.ts'

type Factory = NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']
type BuildSerializer = NonNullable<NonNullable<Factory>['buildSerializer']>

/**
 * How answers become JSON: by their schemas, which let nothing pass that they do not name. As Fastify does it, but each
 * schema is compiled at its first use, not at the start.
 */
export const buildSerializer: BuildSerializer = (shared, options) => {
  const settings = { ...(options as Options), schema: shared as Record<string, Schema> }

  return ({ schema }) => {
    const compiled = lazy(() => fastJson(schema as Schema, settings))
    return (data: unknown) => compiled()(data)
  }
}
