/** Markup, as opposed to text that is still to be escaped. */
export class Html {
  readonly markup: string
  constructor(markup: string) {
    this.markup = markup
  }
}

type Value = string | number | Html | readonly Html[] | null | undefined | false

/**
 * Template for HTML: what is put into it is escaped, for content and for attributes in quotes, unless it is markup
 * already. Null, undefined and false are nothing.
 */
export function html(parts: TemplateStringsArray, ...values: Value[]): Html {
  let markup = parts[0] ?? ''
  for (let i = 0; i < values.length; i++) markup += markupOf(values[i]) + parts[i + 1]
  return new Html(markup)
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function markupOf(value: Value): string {
  if (value === null || value === undefined || value === false) return ''
  if (value instanceof Html) return value.markup
  if (typeof value === 'object') return value.map(({ markup }) => markup).join('')
  return String(value).replace(/[&<>"']/g, (sign) => entities[sign] ?? '')
}

/** Text as the inside of a JSON string that may stand in a script element: nothing in it ends the element. */
export function embedded(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('<', String.raw`\u003c`)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`)
}
