import type { FastifyRequest } from 'fastify'
import { ForbiddenError, UnauthorizedError } from '../../plugins/auth.errors.ts'
import type { Caller } from '../../plugins/auth.ts'
import { mayRead, mayWrite } from './spec.ts'
import type { FoundSpec } from './specs.columns.repository.ts'
import { SpecNotFoundError } from './specs.errors.ts'

/** Raises 401 for a guest. */
export function callerOf({ caller }: FastifyRequest): Caller {
  if (!caller) throw new UnauthorizedError()
  return caller
}

/** The spec, if the caller may see it. Raises `SpecNotFoundError`, whatever the reason. */
export function assertReadable(spec: FoundSpec | undefined, caller: Caller | null): FoundSpec {
  if (!spec || !mayRead(spec, caller)) throw new SpecNotFoundError()
  return spec
}

/** The spec, if the caller may change it. Raises `SpecNotFoundError` as above, else 403. */
export function assertWritable(spec: FoundSpec | undefined, caller: Caller | null): FoundSpec {
  const readable = assertReadable(spec, caller)
  if (!mayWrite(readable, caller)) throw new ForbiddenError()
  return readable
}
