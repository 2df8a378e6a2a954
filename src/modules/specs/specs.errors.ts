import createError from '@fastify/error'
import { DescriptionError } from '../../descriptions/description.errors.ts'
import type { Finding } from '../../descriptions/description.ts'

export const SpecNotFoundError = createError(
  'spec_not_found',
  'There is no spec of this name that you may see.',
  404,
)

export const VersionNotFoundError = createError(
  'version_not_found',
  'The spec has no version of this name that you may see.',
  404,
)

export const SlugTakenError = createError(
  'slug_taken',
  'There is a spec of this slug already; take another one, or none.',
  409,
)

export const VersionTakenError = createError(
  'version_taken',
  'The spec has a version of this name already, with other content.',
  409,
)

export const InvalidTransitionError = createError(
  'invalid_transition',
  'A version that is %s does not become %s again: states go forward only.',
  409,
)

export const VersionWithdrawnError = createError(
  'version_withdrawn',
  'This version was withdrawn; its document is not handed out any more.',
  410,
)

/** Uploads to a spec came faster than it could be deleted. */
export const ChangedMeanwhileError = createError(
  'conflict',
  'Others changed the same at the same time.',
  409,
)

const InvalidRequest = createError(
  'invalid_request',
  'The query is not what this route takes.',
  400,
)

/** A query key whose value is not one; `detail` says what is. */
export class InvalidParameterError extends InvalidRequest {
  readonly errors: { parameter: string; detail: string }[]
  constructor(parameter: string, detail: string) {
    super()
    this.errors = [{ parameter, detail }]
  }
}

const SlugReserved = createError('invalid_request', 'This slug is reserved.', 400)

export class SlugReservedError extends SlugReserved {
  readonly errors = [{ pointer: '/slug', detail: 'is reserved' }]
}

const InvalidDescription = createError('invalid_description', '%s', 422)

/** What `?strict=true` does not take. */
export class InvalidDescriptionError extends InvalidDescription {
  readonly errors: { pointer: string; detail: string }[]
  constructor(valid: false | null, findings: Finding[]) {
    super(
      valid === null
        ? 'Whether the document keeps to the schema of its format cannot be told.'
        : 'The document breaks the schema of its format.',
    )
    this.errors = findings.map(({ pointer, message }) => ({ pointer, detail: message }))
  }
}

/** Turns why a document is not taken into what its sender is told: 422, with what and where. */
export function explainDescription(error: unknown): never {
  if (!(error instanceof DescriptionError)) throw error
  const { code, message, pointer, line, column } = error
  const Refused = createError(code, '%s', 422)
  throw Object.assign(new Refused(message), {
    ...(pointer !== undefined && { errors: [{ pointer, detail: message }] }),
    members: { ...(line !== undefined && { line }), ...(column !== undefined && { column }) },
  })
}
