/** The formats that are taken, by their major and minor version. */
export const formats = [
  'openapi-3.0',
  'openapi-3.1',
  'openapi-3.2',
  'swagger-2.0',
  'asyncapi-1.0',
  'asyncapi-1.1',
  'asyncapi-1.2',
  'asyncapi-2.0',
  'asyncapi-2.1',
  'asyncapi-2.2',
  'asyncapi-2.3',
  'asyncapi-2.4',
  'asyncapi-2.5',
  'asyncapi-2.6',
  'asyncapi-3.0',
  'asyncapi-3.1',
] as const

export type Format = (typeof formats)[number]

export const mediaTypes = ['application/json', 'application/yaml'] as const

export type MediaType = (typeof mediaTypes)[number]

/** Something that a document breaks, and where: an RFC 6901 pointer into it. */
export interface Finding {
  pointer: string
  message: string
}

export interface Operation {
  /** Lower case, as it is written: `get`, or AsyncAPI's `publish`, `subscribe`, `send`, `receive`. */
  method: string
  /** The path, or AsyncAPI's channel. */
  path: string
  operationId: string | null
  summary: string | null
  tags: string[]
  deprecated: boolean
}

/** The longest derived texts, in characters (code points); what is longer is cut. */
export const longest = { title: 200, summary: 500, version: 100, text: 300, tags: 20 } as const

/** What the service knows of a document: derived from its bytes alone, cleaned of control characters, and cut. */
export interface Description {
  format: Format
  mediaType: MediaType
  /** Empty where the document has none. */
  title: string
  summary: string | null
  /** `info.version` as it is written in the source; null where there is none that could be a name. */
  version: string | null
  /** Whether it keeps to the schema of its format; null where that cannot be told. */
  valid: boolean | null
  /** At most 100. */
  findings: Finding[]
  /** In the document's order. */
  operations: Operation[]
}

/** A document that was found to be an API description, ready to be stored. */
export interface CheckedDocument {
  /** Of the bytes as they were sent, hexadecimal. */
  sha256: string
  bytes: number
  /** The bytes, gzipped. */
  content: Buffer
  description: Description
}
