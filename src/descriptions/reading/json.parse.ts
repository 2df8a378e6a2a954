import { DescriptionError } from '../description.errors.ts'
import { findJsonFault } from './json.fault.ts'
import { at, positionInText } from './position.ts'

/** The value of a JSON text, or undefined where it is none. The text was held against the limits before. */
export function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

/** Says what is wrong with a JSON text that is known to be broken: not parsable, or a key twice. */
export function jsonError(text: string): DescriptionError {
  const fault = findJsonFault(text)
  if (!fault)
    return new DescriptionError('not_parsable', 'The document is no JSON that can be read.')
  const place = positionInText(text, fault.offset)
  return new DescriptionError(
    fault.code,
    `The document is no good JSON: at ${at(place)}, ${fault.message}.`,
    place,
  )
}

/** `info.version` as it is written, where that is a number: 1.10 stays `1.10`. */
export function versionInJson(text: string): string | null {
  const sources = new Map<unknown, string>()
  const collect = function (
    this: unknown,
    key: string,
    value: unknown,
    context?: { source?: string },
  ) {
    if (key === 'version' && context?.source !== undefined) sources.set(this, context.source)
    return value
  }
  const root = JSON.parse(text, collect) as { info?: unknown }
  return sources.get(root.info) ?? null
}
