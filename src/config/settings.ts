import fastifyEnv from '@fastify/env'
import type { FastifyInstance } from 'fastify'
import type { ConfigProblem } from './config.errors.ts'
import { translateGuideNames } from './guide-names.ts'
import type { Environment } from './environment.ts'
import { settingNames, settingsSchema, type SettingName, type Settings } from './schema.ts'

export interface SettingsReading {
  /** With the default in place of what is wrong. */
  settings: Settings
  /** The settings that the environment names, right or wrong; the others are defaults. */
  given: ReadonlySet<SettingName>
  problems: ConfigProblem[]
  /** What is taken in another way than it may have been meant. */
  warnings: ConfigProblem[]
}

/**
 * Reads an environment by the schema and the spellings of guides: blank is unset, one pair of quotes around a value is
 * taken off.
 */
export function readSettings(written: Environment): SettingsReading {
  const { environment, origins, problems, warnings } = translateGuideNames(written)
  const values = cleanValues(environment)
  const given = new Set(Object.keys(values) as SettingName[])
  const wrong = findWrong(values)
  for (const name of wrong) delete values[name]
  for (const name of wrong) {
    const variable = origins.get(name) ?? name
    problems.push({ variable, sentence: `should be ${expectation(name)}.` })
  }
  return { settings: validate(values), given, problems, warnings }
}

function cleanValues(environment: Environment): Partial<Record<SettingName, string>> {
  const values = settingNames.map(
    (name) => [name, cleanValue(name, environment[name] ?? '')] as const,
  )
  return Object.fromEntries(values.filter(([, value]) => value.trim() !== ''))
}

function cleanValue(name: SettingName, value: string): string {
  // `docker --env-file` keeps the quotes, and the carriage returns of a file from Windows.
  const line = value.replace(/[\r\n]+$/, '')
  const text = /^\s*(["'])(.*)\1\s*$/s.exec(line)?.[2] ?? line
  if (name === 'ADMIN_PASSWORD') return text
  if (constraints[name].type === 'boolean') return flags.get(text.trim().toLowerCase()) ?? text
  const folded = constraints[name].enum !== undefined || name === 'ADMIN_USERNAME'
  return folded ? text.trim().toLowerCase() : text.trim()
}

const flags = new Map([
  ...['1', 'true', 'yes', 'on'].map((word) => [word, 'true'] as const),
  ...['0', 'false', 'no', 'off'].map((word) => [word, 'false'] as const),
])

function findWrong(values: object): SettingName[] {
  try {
    validate(values)
    return []
  } catch (error) {
    if (!isInvalid(error)) throw error
    return [
      ...new Set(error.errors.map(({ instancePath }) => instancePath.slice(1) as SettingName)),
    ]
  }
}

interface InvalidSettings extends Error {
  errors: { instancePath: string }[]
}

function isInvalid(error: unknown): error is InvalidSettings {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors)
}

/**
 * Lets @fastify/env do the reading. The command line has no server and a server is made from the configuration, so the
 * plugin gets, in place of an application, the two methods that it calls; its errors hold no values.
 */
function validate(values: object): Settings {
  let settings: Settings | undefined
  let failure: Error | undefined
  const receiver = {
    decorate: (_name: string, read: Settings) => (settings = read),
    hasDecorator: () => true,
    hasRequestDecorator: () => true,
  }
  fastifyEnv(
    receiver as unknown as FastifyInstance,
    { schema: settingsSchema, data: { ...values }, env: false },
    (error) => (failure = error),
  )
  if (!settings) throw failure ?? new Error('@fastify/env gave neither settings nor an error')
  return settings
}

interface Constraint {
  type?: string
  $comment?: string
  enum?: string[]
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
}

const constraints: Record<SettingName, Constraint> = settingsSchema.properties

function expectation(name: SettingName): string {
  const { $comment, enum: words, minimum, maximum, minLength, maxLength } = constraints[name]
  if ($comment !== undefined) return $comment
  if (words) return `one of ${words.join(', ')}`
  if (minimum !== undefined) return `a whole number from ${minimum} to ${maximum}`
  return `${minLength} to ${maxLength} characters long`
}
