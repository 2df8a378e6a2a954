import { DescriptionError, type Place } from './description.errors.ts'

/** What a document may have at most. Real ones are far below; what is above is made to exhaust a reader. */
export const limits = {
  /** Objects and arrays inside each other, aliases expanded. */
  depth: 64,
  keysPerObject: 10_000,
  /** Values: objects, arrays and what is in them, aliases expanded. */
  nodes: 1_000_000,
  references: 20_000,
  operations: 20_000,
  /** Of what is kept of the operations beside the document, as UTF-16: aliases could make much of little. */
  operationTexts: 4_000_000,
  findings: 100,
} as const

const sentences = {
  too_deep: `more than ${limits.depth} objects and arrays lie inside each other`,
  too_many_keys: `an object has more than ${limits.keysPerObject} keys`,
  too_many_nodes: `the document has more than ${limits.nodes} values, those that aliases repeat included`,
  too_many_references: `the document has more than ${limits.references} references`,
  too_complex: `the paths, ids, summaries and tags of the operations have more than ${limits.operationTexts} characters`,
  too_many_operations: `the document has more than ${limits.operations} operations`,
}

/** The error for a limit that a document passes. */
export function beyondLimit(code: keyof typeof sentences, place: Place = {}): DescriptionError {
  const where = place.line === undefined ? '' : `line ${place.line}, column ${place.column}: `
  const sentence = `${where}${sentences[code]}. Split the document.`
  return new DescriptionError(code, sentence.charAt(0).toUpperCase() + sentence.slice(1), place)
}
