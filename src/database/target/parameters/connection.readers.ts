import { hasControlCharacter } from '../text.ts'
import { warnIgnored, wholeNumber, type Read } from './reader.ts'
import { readSchemaName } from './schema.ts'

export const readConnectTimeout: Read = (reading, value, name) => {
  const seconds = wholeNumber(value)
  // libpq waits for ever at 0; the service never does.
  if (seconds === 0) return
  if (seconds <= 300) reading.parameters.connectTimeoutMs = seconds * 1000
  else warnIgnored(reading, name, 'seconds from 1 to 300')
}

export const readApplicationName: Read = (reading, value, name) => {
  // 63 bytes: PostgreSQL cuts what is longer.
  if (value !== '' && Buffer.byteLength(value) <= 63 && !hasControlCharacter(value))
    reading.parameters.applicationName = value
  else warnIgnored(reading, name, 'a name of at most 63 bytes')
}

export const readPoolMax: Read = (reading, value, name) => {
  const max = wholeNumber(value)
  if (max >= 1 && max <= 100) reading.parameters.poolMax = max
  else warnIgnored(reading, name, 'a whole number from 1 to 100')
}

export const readPooled: Read = (reading, value, name) => {
  const pooled = { true: true, 1: true, false: false, 0: false }[value.toLowerCase()]
  if (pooled === undefined) warnIgnored(reading, name, 'true or false')
  else reading.parameters.transactionPooler = pooled
}

export const readPoolTimeout: Read = ({ warnings }, _value, name) => {
  warnings.push(
    `The parameter ${name} is ignored: whoever waits for a connection is answered after 2 seconds.`,
  )
}

/** The units of PostgreSQL's settings, in milliseconds, which are meant without one. */
const milliseconds: Record<string, number | undefined> = {
  '': 1,
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

export const readStatementTimeout: Read = (reading, value, name) => {
  const [, number, unit = ''] = /^(\d{1,9})\s?([a-z]{0,3})$/.exec(value.trim()) ?? []
  const ms = Number(number) * (milliseconds[unit] ?? Number.NaN)
  // PostgreSQL waits for ever at 0; the service never does.
  if (ms === 0) return
  if (ms >= 1 && ms <= 3_600_000) reading.parameters.queryTimeoutMs = Math.round(ms)
  else warnIgnored(reading, name, 'milliseconds from 1 to 3600000')
}

/** A run-time parameter that a direct connection is given. */
export const readSetting: Read = (reading, value, name) => {
  if (/^[\w. -]{1,63}$/.test(value)) reading.parameters.settings[name.toLowerCase()] = value
  else warnIgnored(reading, name, 'a plain word or number')
}

export const readSchema: Read = (reading, value, name) => {
  const { schema, warning } = readSchemaName(value, name)
  if (schema !== undefined) reading.parameters.schema = schema
  if (warning !== undefined) reading.warnings.push(warning)
}

export const readSessionAttributes: Read = (reading, value, name) => {
  const harmless = ['any', 'read-write', 'primary', 'master', 'preferprimary', '']
  if (!harmless.includes(value.toLowerCase())) warnIgnored(reading, name, 'any or read-write')
}
