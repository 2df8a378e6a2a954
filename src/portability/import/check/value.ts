import { Ajv } from 'ajv'
import { lazy } from '../../../lazy.ts'
import { isTimestamp } from '../../../timestamp.ts'
import type { Range, Rule } from '../../../database/tables/declaration.ts'
import type { ColumnModel, ColumnType } from '../../../database/tables/model.ts'

/** Says what is wrong with a value that is not null; undefined when nothing is. */
export type ValueCheck = (value: unknown) => string | undefined

/** The check of a column: its type, then the rule that is declared for it, unless that is about two values. */
export function createValueCheck({ type }: ColumnModel, rule: Rule | undefined): ValueCheck {
  const checkType = types[type]
  if (rule === undefined || isAboutTwo(rule)) return checkType
  const checkRule = createRuleCheck(type, rule)
  return (value) => checkType(value) ?? checkRule(value)
}

/** Whether it takes two values to tell. */
function isAboutTwo(rule: Rule): rule is RuleAboutTwo {
  return 'after' in rule || 'sha256Of' in rule || 'bytesOf' in rule
}

type RuleAboutTwo = Extract<Rule, { after: string } | { sha256Of: string } | { bytesOf: string }>

const types: Record<ColumnType, ValueCheck> = {
  text: (value) => (typeof value === 'string' ? undefined : 'is not text'),
  integer: (value) =>
    Number.isSafeInteger(value) ? undefined : 'is not an integer between -(2^53 - 1) and 2^53 - 1',
  boolean: (value) => (typeof value === 'boolean' ? undefined : 'is neither true nor false'),
  timestamp: (value) =>
    typeof value === 'string' && isTimestamp(value)
      ? undefined
      : 'is not a time of the form 2026-11-20T10:03:21.100Z',
  // What it may be, its schema says.
  json: () => undefined,
  document: (value) => (typeof value === 'string' ? undefined : 'is not text'),
}

function createRuleCheck(type: ColumnType, rule: Exclude<Rule, RuleAboutTwo>): ValueCheck {
  if ('schema' in rule) return createSchemaCheck(rule.schema)
  if ('pattern' in rule) {
    const { pattern, mostBytes } = rule
    return (value) =>
      allowed(Buffer.byteLength(value as string) <= mostBytes && pattern.test(value as string))
  }
  if (rule instanceof RegExp) return (value) => allowed(rule.test(value as string))
  if (!('least' in rule)) return (value) => allowed(rule.includes(value as string))
  const { least, most } = rule
  if (type === 'integer') {
    return (value) =>
      isWithin(value as number, rule) ? undefined : `is not between ${least} and ${most}`
  }
  return (value) =>
    isWithin(charactersOf(value as string, rule), rule)
      ? undefined
      : `is not ${least} to ${most} characters long`
}

const ajv = lazy(() => new Ajv({ strict: false, meta: false, validateSchema: false }))

function createSchemaCheck(schema: object): ValueCheck {
  const compiled = lazy(() => ajv().compile(schema))
  return (value) => {
    const validate = compiled()
    if (validate(value)) return undefined
    const [problem] = validate.errors ?? []
    return `${problem?.message ?? 'does not fit'} at ${JSON.stringify(problem?.instancePath.slice(0, 100))}`
  }
}

function allowed(is: boolean): string | undefined {
  return is ? undefined : 'is not one of its allowed values'
}

function isWithin(value: number, { least, most }: Range): boolean {
  return value >= least && value <= most
}

/** Counts code points, of one or two units each, only where the units do not tell already. */
function charactersOf(text: string, { least, most }: Range): number {
  const units = text.length
  const told = units > 2 * most || units < least || (units >= 2 * least && units <= most)
  return told ? units : Array.from(text).length
}
