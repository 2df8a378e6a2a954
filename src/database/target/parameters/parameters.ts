import type { Read } from './reader.ts'
import { parameterReaders } from './readers.ts'
import { tellName, type Pair } from './query.ts'
import type { SslMode } from '../target.ts'

/** What the parameters of an address say, as it stands: nothing of it is a decision yet. */
export interface Parameters {
  user?: string
  password?: string
  host?: string
  port?: string
  database?: string
  ssl?: SslMode
  /** PEM texts. */
  ca?: string
  cert?: string
  key?: string
  directTls?: true
  schema?: string
  applicationName?: string
  connectTimeoutMs?: number
  queryTimeoutMs?: number
  poolMax?: number
  transactionPooler?: boolean
  settings: Record<string, string>
  endpoint?: string
}

export interface Reading {
  parameters: Parameters
  warnings: string[]
}

/** Tells whether an address may carry this parameter. */
export function isKnownParameter(name: string): boolean {
  return parameterReaders.has(name.toLowerCase())
}

/**
 * Reads the parameters of an address; what is not known is dropped with a warning that names it.
 * Raises `TargetError` where guessing would weaken the encryption or lead to another place.
 */
export function readParameters(pairs: readonly Pair[]): Reading {
  const reading: Reading = { parameters: { settings: {} }, warnings: [] }
  for (const [name, value] of pairs) {
    const read = parameterReaders.get(name.toLowerCase()) ?? ignoreLoudly
    read(reading, value, tellName(name))
  }
  return { ...reading, warnings: [...new Set(reading.warnings)] }
}

const ignoreLoudly: Read = ({ warnings }, _value, name) => {
  warnings.push(`The parameter ${name} is not supported and is ignored.`)
}
