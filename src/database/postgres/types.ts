import { DatabaseError } from '../database.errors.ts'

const asIs = (text: string) => text

/**
 * How values travel: every parameter as text (see `toText`), every value as the text of the server, but for integers
 * up to 32 bits, floats and booleans, and bytes. The numbers are those of `pg_type`.
 */
export const types = {
  text: {
    to: 25,
    // json, jsonb, date, time, timestamp, and both with time zone
    from: [25, 114, 3802, 1082, 1083, 1114, 1184, 1266],
    serialize: asIs,
    parse: asIs,
  },
  boolean: { to: 16, from: [16], serialize: asIs, parse: (text: string) => text === 't' },
  bytes: {
    to: 17,
    from: [17],
    serialize: asIs,
    parse: (text: string) => Buffer.from(text.slice(2), 'hex'),
  },
}

/**
 * Gives a parameter in PostgreSQL's text form, whose type the server then finds out. Everything is checked here:
 * the driver would find a mistake too late, and blame another statement on the same connection for it.
 */
export function toText(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'bigint':
      return String(value)
    case 'boolean':
      return value ? 't' : 'f'
  }
  if (value === null) return null
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  if (value instanceof Date) return value.toISOString()
  throw new DatabaseError('other', `a parameter must not be ${typeof value}`)
}
