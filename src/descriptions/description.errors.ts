export type DescriptionErrorCode =
  | 'not_utf8'
  | 'empty_document'
  | 'not_parsable'
  | 'control_character'
  | 'duplicate_key'
  | 'unsupported_tag'
  | 'too_large'
  | 'too_deep'
  | 'too_many_nodes'
  | 'too_many_keys'
  | 'too_many_references'
  | 'too_many_operations'
  | 'too_complex'
  | 'not_a_description'
  | 'unsupported_format'

/** Where in a document: a pointer into it (RFC 6901), or a line and a column, both from 1. */
export interface Place {
  pointer?: string
  line?: number
  column?: number
}

/** A document that is not taken: why, and where. The message is meant for whoever sent it. */
export class DescriptionError extends Error {
  override readonly name = 'DescriptionError'
  readonly code: DescriptionErrorCode
  readonly pointer: string | undefined
  readonly line: number | undefined
  readonly column: number | undefined

  constructor(code: DescriptionErrorCode, message: string, place: Place = {}) {
    super(message)
    this.code = code
    this.pointer = place.pointer
    this.line = place.line
    this.column = place.column
  }
}
