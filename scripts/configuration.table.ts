import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { settingNames, settingsSchema, type SettingName } from '../src/config/schema.ts'

/** `node scripts/configuration.table.ts` writes the table of settings into README.md, between its markers. */
const file = join(import.meta.dirname, '..', 'README.md')

const begin = '<!-- settings: written by `npm run readme` from src/config/schema.ts -->'
const end = '<!-- end of settings -->'

interface Property {
  description?: string
  default?: string | number | boolean
  $comment?: string
  enum?: string[]
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
}

const properties: Record<SettingName, object> = settingsSchema.properties

/** Every setting as a row of Markdown, in the order of the schema: its name, its default, what it means and may be. */
export function settingsTable(): string {
  const rows = settingNames.map((name) => {
    const { description = '', ...property }: Property = properties[name]
    const may = expected(property)
    return `| \`${name}\` | ${defaultOf(property)} | ${description}${may && ` ${may}`} |`
  })
  return ['| variable | default | what it means |', '| --- | --- | --- |', ...rows].join('\n')
}

/** Gives a text with the table between its markers. Raises an error when it has not both of them. */
export function withSettingsTable(text: string): string {
  const [before, rest] = text.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`README.md lacks ${begin}`)
  return `${before}${begin}\n\n${settingsTable()}\n\n${end}${after}`
}

/** Says what is wrong with the table in README.md; nothing when it is what the schema says. */
export function findStaleTable(): string[] {
  const text = readFileSync(file, 'utf8')
  return withSettingsTable(text) === text
    ? []
    : ['README.md: the table of settings is not that of src/config/schema.ts: npm run readme']
}

function defaultOf({ default: value }: Property): string {
  if (value === undefined) return ''
  if (typeof value === 'boolean') return `\`${Number(value)}\``
  return `\`${value}\``
}

function expected(property: Property): string {
  const { $comment, enum: words, minimum, maximum, minLength, maxLength } = property
  if ($comment !== undefined) return `${capital($comment)}.`
  if (words) return `One of ${words.map((word) => `\`${word}\``).join(', ')}.`
  if (minimum !== undefined) return `${number(minimum)} to ${number(maximum)}.`
  return minLength === undefined ? '' : `${minLength} to ${number(maxLength)} characters.`
}

function number(value: number | undefined): string {
  return value === undefined ? 'any' : value.toLocaleString('en')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

if (import.meta.main) writeFileSync(file, withSettingsTable(readFileSync(file, 'utf8')))
