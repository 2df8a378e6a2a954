import type { Act } from '../../audit/entry.ts'
import type { Deleted } from './delete-user.ts'

/** What the audit log is to say of each spec that a deleted user had. */
export function actsOnSpecs({ specs, fate }: Deleted): Pick<Act, 'action' | 'object'>[] {
  const action = fate === 'deleted' ? 'spec.delete' : 'spec.transfer'
  return specs.map(({ id, slug }) => ({ action, object: { kind: 'spec', id, name: slug } }))
}

/** And of the deletion itself. */
export function detailsOf({ specs, fate, announcements }: Deleted) {
  return { specs: specs.length, fate: specs.length > 0 ? fate : null, announcements }
}
