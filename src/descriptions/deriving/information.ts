import { clean, cleanText } from './clean.ts'
import { type Description, longest } from '../description.ts'
import { child } from '../pointer.ts'

/** What `info` says: the title, a summary, and the version, whose text is given as it stands in the source. */
export function informationOf(
  root: object,
  version: string | null,
): Pick<Description, 'title' | 'summary' | 'version'> {
  const info = child(root, 'info')
  const summary = cleanText(child(info, 'summary'), longest.summary)
  return {
    title: cleanText(child(info, 'title'), longest.title),
    summary: summary || firstParagraph(child(info, 'description')) || null,
    version: versionName(version),
  }
}

/** Null for what could be no name: nothing, or only dots, which paths read as folders. */
function versionName(text: string | null): string | null {
  const name = cleanText(text, longest.version)
  return /^[.\s]*$/.test(name) ? null : name
}

/** The first paragraph of Markdown that is more than a heading or a picture, without its marks. */
function firstParagraph(description: unknown): string {
  if (typeof description !== 'string') return ''
  const paragraphs = description
    .slice(0, 10_000)
    .replaceAll('\r\n', '\n')
    .split(/\n[ \t]*\n/)
  for (const paragraph of paragraphs) {
    const text = clean(withoutMarks(paragraph), longest.summary)
    if (/[\p{L}\p{N}]/u.test(text)) return text
  }
  return ''
}

function withoutMarks(paragraph: string): string {
  return paragraph
    .split('\n')
    .filter((line) => !/^\s*(?:#{1,6}(?:\s|$)|[=-]{3,}\s*$|`{3})/.test(line))
    .map((line) => line.replace(/^\s*(?:[*+>-]|\d{1,3}[.)])\s+/, ''))
    .join(' ')
    .replaceAll(/<(https?:[^<>\s]{1,500})>/g, '$1')
    .replaceAll(/<[^<>]{0,1000}>/g, ' ')
    .replaceAll(/!\[[^[\]]{0,500}\]\([^()]{0,1000}\)/g, ' ')
    .replaceAll(/\[([^[\]]{1,500})\](?:\([^()]{0,1000}\)|\[[^[\]]{0,200}\])/g, '$1')
    .replaceAll(/\*\*|__|`/g, '')
    .replaceAll(/\s{1,9}([.,;:!?])(?=\s|$)/g, '$1')
    .replaceAll(/(^|\s)[*_](\S[^*_]{0,500})[*_](?=\W|$)/g, '$1$2')
}
