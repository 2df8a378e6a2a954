import type { Operation } from '../../../descriptions/description.ts'
import { html, type Html } from './html.ts'
import { operationsPerPage, pathOfPage, type SpecView } from './spec.view.ts'

/** The operations as a list that needs no script: a thousand a page, under their first tags. */
export function operationsList(view: SpecView): Html {
  const { operations, from } = view
  if (operations.length === 0)
    return html`<p class="quiet">This document describes no operations.</p>`
  const shown = operations.slice(from, from + operationsPerPage)
  const groups = [...grouped(shown)]
  return html`${groups.map(([tag, members]) => group(tag, members, groups.length > 1))}${pages(view)}`
}

/** By their first tag, in the order in which the tags come first. */
function grouped(operations: Operation[]): Map<string, Operation[]> {
  const groups = new Map<string, Operation[]>()
  for (const operation of operations) {
    const tag = operation.tags[0] ?? ''
    const members = groups.get(tag)
    if (members) members.push(operation)
    else groups.set(tag, [operation])
  }
  return groups
}

function group(tag: string, members: Operation[], named: boolean): Html {
  const name = tag === '' ? 'Without a tag' : tag
  return html`${named && html`<h3><bdi>${name}</bdi> <small>${members.length}</small></h3> `}
    <ul class="operations">
      ${members.map(item)}
    </ul> `
}

function item({ method, path, operationId, summary, deprecated }: Operation): Html {
  return html`<li${deprecated && html` class="old"`}>
<span class="method ${known.has(method) && method}">${method}</span>
<code class="path"><bdi>${broken(path)}</bdi></code>
<span class="about">${summary !== null && html`<bdi>${summary}</bdi>`}${deprecated && html` <strong class="mark">deprecated</strong>`}${operationId !== null && html` <code class="id"><bdi>${operationId}</bdi></code>`}</span>
</li>
`
}

/** The methods that have a colour. */
const known = new Set(
  'get put post delete options head patch trace query publish subscribe send receive'.split(' '),
)

/** A path may go on in the next line behind each slash. */
function broken(path: string): Html[] {
  return path.split(/(?<=\/)(?=.)/).map((part, i) => html`${i > 0 && html`<wbr />`}${part}`)
}

function pages({ spec, version, operations, from }: SpecView): Html | undefined {
  const count = operations.length
  if (count <= operationsPerPage) return undefined
  const path = pathOfPage(spec.slug, version.version)
  const link = (at: number, rel: string, words: string) =>
    html`<a rel="${rel}" href="${path}?from=${at}#operations">${words}</a>`
  return html`<nav class="pages" aria-label="Pages of operations">
    ${from > 0 && link(Math.max(0, from - operationsPerPage), 'prev', '← Previous')}
    <span>${from + 1} to ${Math.min(count, from + operationsPerPage)} of ${count}</span>
    ${from + operationsPerPage < count && link(from + operationsPerPage, 'next', 'Next →')}
  </nav> `
}
