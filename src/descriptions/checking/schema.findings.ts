import type { ErrorObject } from 'ajv'
import { hidden } from '../deriving/clean.ts'
import type { Finding } from '../description.ts'
import { keysOf, pointerOf } from '../pointer.ts'
import { quote } from '../quote.ts'
import { branchesOf, isOneKey, namesThatTell, usefulErrors } from './schema.branches.ts'

/** A hundred findings come out of fewer. */
const errorsLookedAt = 3000

/** What the errors of a schema say, in sentences. The root is that of the schema. */
export function findingsOfSchema(root: object, errors: readonly ErrorObject[]): Finding[] {
  return usefulErrors(root, errors.slice(0, errorsLookedAt)).map((error) => ({
    pointer: pointerOf([...(keysOf(error.instancePath) ?? []), ...keyOfError(error)]),
    message: sentence(root, error),
  }))
}

/** Of what does not belong into an object, the key is the place. */
function keyOfError({ keyword, params }: ErrorObject): string[] {
  const key: unknown =
    keyword === 'additionalProperties'
      ? params['additionalProperty']
      : keyword === 'unevaluatedProperties'
        ? params['unevaluatedProperty']
        : undefined
  return typeof key === 'string' ? [key] : []
}

function sentence(root: object, error: ErrorObject): string {
  const { keyword, params, data, propertyName } = error
  if (propertyName !== undefined)
    return `The name ${quote(propertyName)} is not one that may stand here.`
  const limit = String(params['limit'])
  switch (keyword) {
    case 'required':
      return `${quote(String(params['missingProperty']))} is missing.`
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return misplaced(keyOfError(error)[0] ?? '')
    case 'type':
      return `This must be ${typeNames(params['type'])}, not ${typeOf(data)}.`
    case 'enum':
      return `This must be one of ${list(params['allowedValues'])}${unlike(data)}.`
    case 'const':
      return `This must be ${list([params['allowedValue']])}${unlike(data)}.`
    case 'pattern':
      return `${shown(data)} does not match the pattern ${String(params['pattern'])}.`
    case 'format':
      return `${shown(data)} is not ${formatName(String(params['format']))}${hiddenIn(data)}.`
    case 'minLength':
      return `This needs at least ${limit} characters.`
    case 'maxLength':
      return `This has more than ${limit} characters.`
    case 'minItems':
    case 'minProperties':
      return `This needs at least ${limit} entries.`
    case 'maxItems':
    case 'maxProperties':
      return `This has more than ${limit} entries.`
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return `This must be ${String(params['comparison'])} ${limit}.`
    case 'uniqueItems':
      return 'This holds the same entry more than once.'
    case 'dependencies':
    case 'dependentRequired':
      return `${quote(String(params['property']))} asks for ${quote(String(params['missingProperty']))} beside it.`
    case 'false schema':
      return 'Nothing may stand here.'
    case 'not':
      return 'This may not stand here as it does.'
    case 'oneOf':
    case 'anyOf':
      return choice(root, error)
    default:
      return `This does not keep to the schema of the format: it ${error.message ?? 'is different'}.`
  }
}

/** Says what could stand in a place where nothing of what may stand there does. */
function choice(root: object, error: ErrorObject): string {
  if (Array.isArray(error.params['passingSchemas']))
    return 'This can be read in more than one way: keys of different things are mixed.'
  const branches = branchesOf(root, error)
  if (branches.every(isOneKey)) {
    return `At least one of ${list(branches.map(({ required }) => String(required)))} must stand here.`
  }
  for (const [key, allowed] of namesThatTell(root, branches, error.data)) {
    return `${quote(key)} must be one of ${list([...new Set(allowed)])} here.`
  }
  return `This is none of the ${branches.length} things that may stand here.`
}

function misplaced(key: string): string {
  if (key === '$ref') return 'A reference may not stand here: this must be described in its place.'
  return `${quote(key)} does not belong here. Only keys of the format may stand here, and those that begin with "x-".`
}

function typeOf(value: unknown): string {
  if (value === null) return 'empty (null)'
  if (Array.isArray(value)) return 'an array'
  return articles[typeof value] ?? 'something else'
}

const articles: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'an array',
  null: 'null',
}

function typeNames(types: unknown): string {
  return [types]
    .flat()
    .map((type) => articles[String(type)] ?? String(type))
    .join(' or ')
}

const formatNames: Record<string, string> = {
  uri: 'a URI with its scheme, such as https://example.com',
  'uri-reference': 'a URI or a relative reference',
  email: 'an e-mail address',
  regex: 'a regular expression that ECMAScript reads',
}

function formatName(format: string): string {
  return formatNames[format] ?? `of the format ${quote(format)}`
}

function shown(value: unknown): string {
  return typeof value === 'string' ? quote(value) : 'This'
}

function hiddenIn(value: unknown): string {
  if (typeof value !== 'string') return ''
  if (hidden(value)) return ': it holds characters that cannot be seen'
  return /\s/.test(value) ? ': it holds blanks' : ''
}

function unlike(value: unknown): string {
  if (typeof value === 'string') return `, not ${quote(value)}`
  return typeof value === 'number' || typeof value === 'boolean' ? `, not ${value}` : ''
}

function list(values: unknown): string {
  const texts = [values]
    .flat()
    .map((value) => (typeof value === 'string' ? quote(value) : JSON.stringify(value)))
  return texts.length > 12
    ? `${texts.slice(0, 12).join(', ')} and ${texts.length - 12} more`
    : texts.join(', ')
}
