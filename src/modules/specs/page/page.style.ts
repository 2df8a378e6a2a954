/** Of all pages about specs; light or dark as the reader has it. What is said of `.swagger-ui` fits the viewer in. */
export const style = `:root {
  color-scheme: light dark;
  font: 1rem/1.55 system-ui, sans-serif;
  --page: #ffffff; --text: #1b2127; --quiet: #58636d; --line: #dde2e6; --soft: #f4f6f7; --link: #0b5cad;
  --good: #17692f; --bad: #b3261e; --warn: #8a5300;
  --get: #0b5cad; --post: #17692f; --put: #8a5300; --patch: #7a3ea8; --delete: #b3261e; --other: #4a5560;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #1c2022; --text: #e6e9eb; --quiet: #a3adb5; --line: #3a4146; --soft: #262b2e; --link: #7cb8f5;
    --good: #7fd296; --bad: #ff9d94; --warn: #f0b860;
    --get: #7cb8f5; --post: #7fd296; --put: #f0b860; --patch: #cfa4f2; --delete: #ff9d94; --other: #b7c0c8;
  }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text); overflow-wrap: anywhere }
main, .site nav { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem }
main { padding-block: 2rem 4rem }
.site { border-bottom: 1px solid var(--line) }
.site nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; padding-block: 0.7rem }
.site a { color: var(--quiet); text-decoration: none; padding-block: 0.2rem }
.site a:first-child { color: var(--text); font-weight: 650 }
a { color: var(--link) }
a:hover { text-decoration-thickness: 2px }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
h1 { font-size: clamp(1.6rem, 1.2rem + 2vw, 2.3rem); line-height: 1.2; margin: 0.4rem 0 0.2rem }
h2 { font-size: 1.3rem; margin: 2.2rem 0 0.8rem }
h3 { font-size: 1.02rem; margin: 1.6rem 0 0.5rem }
small, .quiet, .version { color: var(--quiet) }
h2 small, h3 small { font-weight: 400; font-size: 0.9rem }
code, pre { font: 0.9em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
ul { list-style: none; margin: 0; padding: 0 }
.badges, .tags { display: flex; flex-wrap: wrap; gap: 0.4rem; margin: 0 0 0.6rem }
.badge { border: 1px solid currentcolor; border-radius: 1rem; padding: 0 0.6rem; font-size: 0.8rem; color: var(--quiet); white-space: nowrap }
.badge.valid, .badge.published { color: var(--good) }
.badge.invalid, .badge.withdrawn { color: var(--bad) }
.badge.deprecated, .badge.draft, .badge.private { color: var(--warn) }
.version { margin: 0 0 1rem; unicode-bidi: isolate }
.summary { font-size: 1.1rem; max-width: 46rem; margin: 0 0 1rem; white-space: pre-line }
.tags a { background: var(--soft); border-radius: 0.3rem; padding: 0.15rem 0.5rem; font-size: 0.85rem; text-decoration: none; display: block }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: 0.6rem 1.4rem; margin: 1.2rem 0 }
.button { background: var(--link); color: var(--page); border-radius: 0.4rem; padding: 0.5rem 1rem; font-weight: 600; text-decoration: none }
.button small { color: inherit; font-weight: 400; margin-left: 0.3rem }
.facts { display: flex; flex-wrap: wrap; gap: 0.6rem 2.5rem; margin: 1.4rem 0; padding: 0.9rem 0; border-block: 1px solid var(--line) }
.facts dt { color: var(--quiet); font-size: 0.8rem }
.facts dd { margin: 0 }
.notice { background: var(--soft); border-left: 3px solid var(--warn); border-radius: 0.3rem; padding: 0.7rem 1rem; margin: 1rem 0 }
.notice li { margin-top: 0.6rem }
.notice code { color: var(--quiet); display: block }
summary { cursor: pointer }
#list > summary { list-style-position: outside }
#list > summary h2 { display: inline-block; margin-bottom: 0.4rem }
.operations { border-top: 1px solid var(--line) }
.operations li { display: grid; grid-template-columns: 5.6rem minmax(0, 4fr) minmax(0, 5fr); gap: 0.2rem 1rem; align-items: baseline; padding: 0.5rem 0; border-bottom: 1px solid var(--line) }
.method { color: var(--other); font: 700 0.78rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; text-transform: uppercase; letter-spacing: 0.03em }
.method.get, .method.head, .method.options, .method.query, .method.subscribe, .method.receive { color: var(--get) }
.method.post, .method.publish, .method.send { color: var(--post) }
.method.put { color: var(--put) }
.method.patch { color: var(--patch) }
.method.delete { color: var(--delete) }
.path { font-weight: 600 }
.old .path { text-decoration: line-through; font-weight: 400 }
.mark { color: var(--warn); font-weight: 400; font-size: 0.85rem }
.id { color: var(--quiet); font-size: 0.82em; margin-left: 0.3rem }
.pages { display: flex; flex-wrap: wrap; gap: 1.5rem; margin-top: 1rem }
.versions li { display: flex; flex-wrap: wrap; gap: 0.2rem 0.8rem; align-items: baseline; padding: 0.35rem 0; border-bottom: 1px solid var(--line) }
.versions [aria-current] { font-weight: 700; text-decoration: none; color: inherit }
.versions time { color: var(--quiet); margin-left: auto }
.search { display: flex; gap: 0.6rem; margin: 1rem 0; max-width: 34rem }
.search input { flex: 1; min-width: 0; font: inherit; padding: 0.45rem 0.7rem; border: 1px solid var(--quiet); border-radius: 0.4rem; background: var(--page); color: inherit }
.search button { font: inherit; border: 0; cursor: pointer }
.specs li { padding: 0.9rem 0; border-bottom: 1px solid var(--line) }
.specs a { font-weight: 650; font-size: 1.05rem }
.specs p { margin: 0.2rem 0 0 }
@media (max-width: 44rem) {
  .operations li { grid-template-columns: 4.6rem minmax(0, 1fr) }
  .operations .about { grid-column: 1 / -1 }
  .id { display: block; margin-left: 0 }
  .versions time { margin-left: 0 }
}
#viewer .swagger-ui .wrapper { max-width: none; padding: 0 }
#viewer .swagger-ui .block { padding: 0 }
#viewer .swagger-ui .info { margin: 0 0 1.5rem }
#viewer .swagger-ui .info hgroup { display: none }
#viewer .swagger-ui .scheme-container { background: none; box-shadow: none; padding: 0 0 1rem; margin: 0 }
#viewer .swagger-ui a[href]:not(.nostyle) { color: var(--link) }
#viewer .swagger-ui a:not([href]) { color: inherit; text-decoration: none }
html.dark-mode, html.dark-mode #viewer .swagger-ui { background: var(--page) }
@media (max-width: 44rem) {
  #viewer .swagger-ui .opblock-tag { flex-wrap: wrap }
  #viewer .swagger-ui .opblock-tag small { flex: 1 0 75%; order: 1; padding: 0 }
  #viewer .swagger-ui .response-col_links { display: none }
  #viewer .swagger-ui .opblock-section-header { flex-wrap: wrap; height: auto; min-height: 50px }
}
@media print { .site, .actions, .pages { display: none } }
`
