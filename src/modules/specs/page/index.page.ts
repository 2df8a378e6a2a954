import type { FoundSpec } from '../specs.columns.repository.ts'
import { html, type Html } from './html.ts'
import { layout } from './layout.ts'
import { formatName } from './spec.page.ts'
import { pathOfPage } from './spec.view.ts'

export interface IndexView {
  q: string
  tag: string | undefined
  specs: FoundSpec[]
  /** The address of the page behind this one. */
  next: string | undefined
}

/** No script is needed here; the form asks this service alone. */
export const indexPagePolicy =
  "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; " +
  "frame-ancestors 'none'"

/** The specs that a visitor may see, and a search for one. */
export function indexPage(view: IndexView): string {
  const { q, tag, specs, next } = view
  return layout({
    title: q === '' ? 'Specs' : `${q} – Specs`,
    content: html`<main>
      <h1>Specs</h1>
      <form class="search" action="/specs" role="search">
        <input
          type="search"
          name="q"
          value="${q}"
          maxlength="100"
          aria-label="Search in titles, tags and operations"
          placeholder="Titles, tags, operations"
        />
        ${tag !== undefined && html`<input type="hidden" name="tag" value="${tag}" />`}
        <button class="button">Search</button>
      </form>
      ${tag !== undefined && html`<p>With the tag <strong>${tag}</strong>. <a href="/specs">All specs</a></p>`}
      ${
        specs.length === 0
          ? html`<p class="quiet">
              None that is open to you${q === '' ? '' : ' has all of these words'}.
            </p>`
          : html`<ul class="specs">
              ${specs.map(entry)}
            </ul>`
      }
      ${next !== undefined && html`<p><a rel="next" href="${next}">More →</a></p>`}
    </main>`,
  })
}

function entry({ slug, title, summary, format, latest, tags }: FoundSpec): Html {
  return html`<li>
    <a href="${pathOfPage(slug)}"><bdi>${title}</bdi></a>
    <small>${formatName(format)}${latest && html`, version <bdi>${latest.version}</bdi>`}</small>
    ${summary !== null && html`<p><bdi>${summary}</bdi></p>`}
    ${tags.length > 0 && html`<p class="quiet">${tags.join(', ')}</p>`}
  </li> `
}
