import { isTimestamp } from '../../../timestamp.ts'
import type { Rules } from '../../../database/tables/declaration.ts'
import type { ColumnModel, ColumnType } from '../../../database/tables/model.ts'

/** Says what is wrong with a value that is not null; undefined when nothing is. */
export type ValueCheck = (value: unknown) => string | undefined

/** The check of a column: its type, then the rule that is declared for it. */
export function createValueCheck(
  { type }: ColumnModel,
  rule: Rules[string] | undefined,
): ValueCheck {
  const checkType = types[type]
  if (rule === undefined) return checkType
  const matches =
    rule instanceof RegExp
      ? (text: string) => rule.test(text)
      : (text: string) => rule.includes(text)
  return (value) =>
    checkType(value) ?? (matches(value as string) ? undefined : 'is not one of its allowed values')
}

const types: Record<ColumnType, ValueCheck> = {
  text: (value) => (typeof value === 'string' ? undefined : 'is not text'),
  integer: (value) =>
    Number.isSafeInteger(value) ? undefined : 'is not an integer between -(2^53 - 1) and 2^53 - 1',
  boolean: (value) => (typeof value === 'boolean' ? undefined : 'is neither true nor false'),
  timestamp: (value) =>
    typeof value === 'string' && isTimestamp(value)
      ? undefined
      : 'is not a time of the form 2026-11-20T10:03:21.100Z',
}
