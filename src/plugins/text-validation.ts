import createError from '@fastify/error'
import fp from 'fastify-plugin'
import { isPlainText } from '../plain-text.ts'
import { escapePointer } from './errors.validation.ts'

const InvalidText = createError(
  'invalid_text',
  'Text is well-formed Unicode without control characters other than tab and line breaks.',
  400,
)

/** Refuses text that the two databases would not keep alike: NUL, lone surrogates, control characters. */
export default fp(
  (app) => {
    app.addHook('preValidation', (request, _reply, done) => {
      const body = isPlain(request.body) ? findIn(request.body, '') : undefined
      if (body !== undefined) return done(refusal({ pointer: body }))
      const query = findIn(request.query, '')
      if (query !== undefined) return done(refusal({ parameter: query.slice(1) }))
      if (findIn(request.params, '') !== undefined) return done(new InvalidText())
      return done()
    })
  },
  { name: 'text-validation', dependencies: ['errors'] },
)

function refusal(place: { pointer?: string; parameter?: string }) {
  return Object.assign(new InvalidText(), {
    errors: [
      { ...place, detail: 'holds a character that is not allowed, or is nested too deeply' },
    ],
  })
}

/** A body that was parsed from JSON; streams and buffers are looked at by those who read them. */
function isPlain(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return typeof body === 'string'
  const prototype: unknown = Object.getPrototypeOf(body)
  return Array.isArray(body) || prototype === Object.prototype || prototype === null
}

/** Deeper than any body of the API; the stack of a hostile one would end the request, or worse. */
const deepest = 64

/** The RFC 6901 pointer of the first text, or name, that is not allowed, or of what is nested too deeply. */
function findIn(value: unknown, pointer: string, depth = 0): string | undefined {
  if (typeof value === 'string') {
    return isPlainText(value) ? undefined : pointer
  }
  if (typeof value !== 'object' || value === null) return undefined
  if (depth === deepest) return pointer
  for (const [name, inner] of Object.entries(value)) {
    if (!isPlainText(name)) return pointer
    // Nearly all are: without a pointer made for each.
    if (typeof inner === 'string' && isPlainText(inner)) continue
    const found = findIn(inner, `${pointer}/${escapePointer(name)}`, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}
