import type { AuditObject } from '../../audit/entry.ts'
import type { Caller } from '../../plugins/access.ts'
import { ForbiddenError } from '../../plugins/auth.errors.ts'
import { mayRead, mayWrite } from './spec.ts'
import type { FoundSpec } from './specs.columns.repository.ts'
import { SpecNotFoundError } from './specs.errors.ts'

/** The spec as the audit log names it. */
export function auditedSpec({ id, slug }: { id: string; slug: string }): AuditObject {
  return { kind: 'spec', id, name: slug }
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
