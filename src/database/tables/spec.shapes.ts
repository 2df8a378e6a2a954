import type { Operation } from '../../descriptions/description.ts'

/** What is read off a document once, for whoever lists or searches. */
export interface Outline {
  title: string
  summary: string | null
  version: string | null
  operations: Operation[]
}

const text = (most: number) => ({ type: 'string', maxLength: most })
const textOrNull = (most: number) => ({ type: ['string', 'null'], maxLength: most })

/** An object of exactly these properties. */
function shape(properties: Record<string, object>) {
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(properties),
    properties,
  }
}

/** `[a-z0-9]` in words with hyphens between them, at most 50 characters. */
export const tagPattern = '^(?=.{1,50}$)[a-z0-9]+(-[a-z0-9]+)*$'

export const tags = {
  type: 'array',
  maxItems: 20,
  uniqueItems: true,
  items: { type: 'string', pattern: tagPattern },
}

export const findings = {
  type: 'array',
  maxItems: 100,
  items: shape({ pointer: text(2000), message: text(500) }),
}

export const outline = shape({
  title: text(200),
  summary: textOrNull(500),
  version: textOrNull(100),
  operations: {
    type: 'array',
    maxItems: 20_000,
    items: shape({
      method: text(50),
      path: text(2000),
      operationId: textOrNull(300),
      summary: textOrNull(300),
      tags: { type: 'array', maxItems: 20, items: text(300) },
      deprecated: { type: 'boolean' },
    }),
  },
})
