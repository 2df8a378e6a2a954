import type { Details } from '../database/tables/activity.tables.ts'

/**
 * What an update did, as the audit log tells it: the names of the fields that are others now, and of those in `told`
 * (roles, states), which hold no text of anybody's, from what to what.
 */
export function changesOf<Row extends object>(
  before: Row,
  after: Row,
  { fields, told = [] }: { fields: readonly string[]; told?: readonly (keyof Row & string)[] },
): Details {
  const changed = fields.filter(
    (field) => text(before[field as keyof Row]) !== text(after[field as keyof Row]),
  )
  const details: Details = { fields: changed.join(', ') }
  for (const field of told) {
    if (changed.includes(field)) {
      details[field] = `${String(before[field])} → ${String(after[field])}`
    }
  }
  return details
}

function text(value: unknown): string {
  return JSON.stringify(value ?? null)
}
