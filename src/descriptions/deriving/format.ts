import { type Format, formats } from '../description.ts'
import { DescriptionError } from '../description.errors.ts'
import { child } from '../pointer.ts'
import { quote } from '../quote.ts'

const names = { openapi: 'OpenAPI', swagger: 'Swagger', asyncapi: 'AsyncAPI' } as const

type Name = keyof typeof names

const known = {
  openapi: 'OpenAPI 3.0, 3.1 and 3.2, written as three parts, such as "3.1.0"',
  swagger: 'Swagger 2.0, written "2.0"',
  asyncapi: 'AsyncAPI 1.0 to 3.1, written as three parts, such as "3.0.0"',
} as const

/** The format that a document says it has. Raises `DescriptionError`: `not_a_description`, `unsupported_format`. */
export function formatOf(root: unknown): Format {
  if (typeof root !== 'object' || root === null || Array.isArray(root)) throw notAnObject(root)
  const name = nameOf(root)
  if (!name) {
    throw new DescriptionError(
      'not_a_description',
      'The document is no API description: it has no "openapi", "swagger" or "asyncapi" that names its format.',
      { pointer: '' },
    )
  }
  return formatFor(name, child(root, name))
}

/** Whether a document names its format at all. */
export function namesFormat(root: unknown): boolean {
  return typeof root === 'object' && root !== null && nameOf(root) !== undefined
}

function nameOf(root: object): Name | undefined {
  return (Object.keys(names) as Name[]).find((key) => Object.hasOwn(root, key))
}

function notAnObject(root: unknown): DescriptionError {
  const what = Array.isArray(root) ? 'an array' : root === null ? 'null' : `a ${typeof root}`
  const message = `The document is no API description: it is ${what}, and should be an object with "openapi", "swagger" or "asyncapi".`
  return new DescriptionError('not_a_description', message, { pointer: '' })
}

function formatFor(name: Name, version: unknown): Format {
  const pointer = `/${name}`
  if (typeof version !== 'string') {
    const what = typeof version === 'number' ? `the number ${version}` : 'no text'
    const message = `The value of "${name}" is ${what}. Put it in quotation marks: known are ${known[name]}.`
    throw new DescriptionError('unsupported_format', message, { pointer })
  }
  const pattern = name === 'swagger' ? /^(2\.0)$/ : /^(\d\.\d+)\.\d+(?:-[\w.-]+)?$/
  const format = `${name}-${pattern.exec(version)?.[1]}`
  if ((formats as readonly string[]).includes(format)) return format as Format
  throw new DescriptionError(
    'unsupported_format',
    `${names[name]} ${quote(version)} is not known. Known are ${known[name]}.`,
    { pointer },
  )
}
