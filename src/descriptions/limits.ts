/** What a document may have at most. Real ones are far below; what is above is made to exhaust a reader. */
export const limits = {
  /** Objects and arrays inside each other, aliases expanded. */
  depth: 64,
  keysPerObject: 10_000,
  /** Values: objects, arrays and what is in them, aliases expanded. */
  nodes: 1_000_000,
  references: 20_000,
  operations: 20_000,
  findings: 100,
} as const
