import { html, type Html } from './html.ts'
import { assetPath } from './page.assets.ts'

/**
 * The policy of the pages that show what others wrote. `sandbox` makes the page an origin of its own, so that even a
 * script that came to run would be nobody here; nothing is fetched, framed or submitted; images are those of the viewer.
 */
export const specPagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'; " +
  'sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox allow-downloads'

/** A whole page. */
export function layout(page: { title: string; content: Html; head?: Html }): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${page.title}</title>
        <link rel="icon" href="data:," />
        ${page.head}
        <link rel="stylesheet" href="${assetPath('spec.css')}" />
      </head>
      <body>
        <header class="site">
          <nav aria-label="Holdfast">
            <a href="/">Holdfast</a> <a href="/specs">Specs</a>
            <a href="/docs">The service’s API</a>
          </nav>
        </header>
        ${page.content}
      </body>
    </html> `.markup
}

/** What a visitor gets who asks for what is not there, or not for him to know of. */
export function notFoundPage(): string {
  return layout({
    title: 'Not found',
    content: html`<main>
      <h1>There is nothing here</h1>
      <p>
        No spec of this name, or no such version of it, is open to everybody. It may have been
        renamed or removed, or be private.
      </p>
      <p><a href="/specs">See the specs that are open</a></p>
    </main>`,
  })
}
