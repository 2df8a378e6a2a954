import createError from '@fastify/error'

/** What became of one item of an import that was refused. */
export type ItemFate =
  | { index: number; outcome: 'ok' }
  | { index: number; outcome: 'refused'; code: string; detail: string }

const ImportRefused = createError('import_refused', '%s', 422)

/** Nothing of an import was applied: says for each item whether it is the reason. */
export class ImportRefusedError extends ImportRefused {
  readonly members: { items: ItemFate[] }
  constructor(items: ItemFate[]) {
    const refused = items.filter(({ outcome }) => outcome === 'refused').length
    super(`${refused} of ${items.length} items are not taken; nothing was imported.`)
    this.members = { items }
  }
}

export const TooManyItemsError = createError(
  'too_many_items',
  'An import has at most %s items; send the others in another one.',
  422,
)

export const ItemTooLargeError = createError(
  'item_too_large',
  'The item at index %s is longer than any document may be.',
  422,
)

export const InvalidImportError = createError('invalid_json', '%s', 400)

const InvalidShape = createError(
  'invalid_request',
  'The body is an array of items, or an object with them as `items`.',
  400,
)

export class InvalidImportShapeError extends InvalidShape {
  readonly errors: { pointer: string; detail: string }[]
  constructor(pointer: string, detail: string) {
    super()
    this.errors = [{ pointer, detail }]
  }
}
