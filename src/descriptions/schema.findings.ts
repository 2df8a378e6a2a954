import type { ErrorObject } from 'ajv'
import type { Finding } from './description.ts'

/** What the errors of a schema say, in sentences. */
export function findingsOfSchema(_root: object, errors: readonly ErrorObject[]): Finding[] {
  return errors.map((error) => ({ pointer: error.instancePath, message: error.message ?? '' }))
}
