import type { Finding } from '../../../descriptions/description.ts'
import { html, type Html } from './html.ts'
import { layout } from './layout.ts'
import { operationsList } from './operations.list.ts'
import { viewerStyle } from './viewer.ts'
import { pathOfPage, type SpecView } from './spec.view.ts'

/** The viewer begins with so many operations in sight; of more, it shows their tags. */
const expandedMost = 100

/** The page of one version of a spec: everything is there without a script; the viewer comes on top of it. */
export function specPage(view: SpecView): string {
  const { spec, version, viewer } = view
  return layout({
    title: `${spec.title} ${version.version}`,
    ...(viewer && { head: viewerStyle }),
    content: html`<main>
      ${introduction(view)} ${facts(view)} ${validity(view)}
      ${
        viewer &&
        html`<p id="too-heavy" class="notice" hidden>
          The references in this document amount to more than a browser can show. Download it to
          read the rest.
        </p>`
      }
      <section aria-labelledby="operations">
        <details id="list" open>
          <summary>
            <h2 id="operations">Operations <small>${version.operations}</small></h2>
          </summary>
          ${operationsList(view)}
        </details>
      </section>
      ${
        viewer &&
        html`<section id="shown" aria-labelledby="reference" hidden>
          <h2 id="reference">Reference</h2>
          <div
            id="viewer"
            data-expansion="${version.operations <= expandedMost ? 'list' : 'none'}"
          ></div>
        </section>`
      }
      ${versions(view)}
    </main>`,
  })
}

function introduction({ spec, version, latest }: SpecView): Html {
  const path = `/api/specs/${spec.slug}/versions/${encodeURIComponent(version.version)}`
  return html`<div class="title">
    <p class="badges">
      <span class="badge">${formatName(version.format)}</span>
      <span class="badge ${version.state}">${version.state}</span>
      ${spec.visibility === 'private' && html`<span class="badge private">private</span>`}
      ${validityBadge(version.valid)}
    </p>
    <h1><bdi>${spec.title}</bdi></h1>
    <p class="version">Version <bdi>${version.version}</bdi>${latest && ', the latest'}</p>
    ${spec.summary !== null && html`<p class="summary"><bdi>${spec.summary}</bdi></p>`}
    ${
      spec.tags.length > 0 &&
      html`<ul class="tags" aria-label="Tags">
        ${spec.tags.map((tag) => html`<li><a href="/specs?tag=${tag}">${tag}</a></li>`)}
      </ul>`
    }
    <p class="actions">
      ${
        version.state === 'withdrawn'
          ? html`<strong>This version was withdrawn: its document is no longer handed out.</strong>`
          : html`<a class="button" href="${path}/document" download
              >Download <small>${mediaName(version.mediaType)}, ${size(version.bytes)}</small></a
            >`
      } <a href="${path}">Metadata as JSON</a> <a href="${path}/operations">Operations as JSON</a>
    </p>
  </div>`
}

function facts({ version }: SpecView): Html {
  return html`<dl class="facts">
    <div>
      <dt>Operations</dt>
      <dd>${version.operations}</dd>
    </div>
    <div>
      <dt>Uploaded</dt>
      <dd>${day(version.createdAt)}</dd>
    </div>
    <div>
      <dt>Size</dt>
      <dd>${version.bytes.toLocaleString('en')} bytes</dd>
    </div>
    <div class="wide">
      <dt>SHA-256</dt>
      <dd><code>${version.documentId}</code></dd>
    </div>
  </dl>`
}

function validityBadge(valid: boolean | null): Html {
  if (valid === true) return html`<span class="badge valid">valid</span>`
  if (valid === false) return html`<span class="badge invalid">not valid</span>`
  return html`<span class="badge">not checked</span>`
}

function validity({ version: { valid, findings } }: SpecView): Html | undefined {
  if (valid === true && findings.length === 0) return undefined
  const heading =
    valid === false
      ? 'This document does not keep to the schema of its format'
      : 'Whether this document keeps to the schema of its format could not be told'
  if (findings.length === 0) return html`<p class="notice">${heading}.</p>`
  return html`<details class="notice">
    <summary>
      ${heading}: ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}
    </summary>
    <ul>
      ${findings.map(finding)}
    </ul>
  </details>`
}

function finding({ pointer, message }: Finding): Html {
  return html`<li>
    <code><bdi>${pointer === '' ? 'the whole document' : pointer}</bdi></code> <bdi>${message}</bdi>
  </li> `
}

function versions({ spec, version, versions, moreVersions }: SpecView): Html | undefined {
  if (versions.length < 2) return undefined
  return html`<section aria-labelledby="versions">
    <h2 id="versions">Versions</h2>
    <ul class="versions">
      ${versions.map(
        (one) =>
          html`<li>
            <a
              href="${pathOfPage(spec.slug, one.version)}"
              ${one.version === version.version && html` aria-current="page"`}
              ><bdi>${one.version}</bdi></a
            >
            <span class="badge ${one.state}">${one.state}</span> ${day(one.createdAt)}
          </li> `,
      )}
    </ul>
    ${moreVersions && html`<p><a href="/api/specs/${spec.slug}/versions">All versions as JSON</a></p>`}
  </section>`
}

/** `openapi-3.1` as people write it. */
export function formatName(format: string): string {
  const [name = '', number = ''] = format.split('-')
  return `${{ openapi: 'OpenAPI', swagger: 'Swagger', asyncapi: 'AsyncAPI' }[name] ?? name} ${number}`
}

function mediaName(mediaType: string): string {
  return mediaType.endsWith('json') ? 'JSON' : 'YAML'
}

function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

function day(time: string): Html {
  return html`<time datetime="${time}">${time.slice(0, 10)}</time>`
}
