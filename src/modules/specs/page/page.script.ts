const elements =
  'a|b|blockquote|br|code|dd|del|details|div|dl|dt|em|h[1-6]|hr|i|kbd|li|ol|p|pre|s|small|span|strong|sub|summary|sup|' +
  'table|tbody|td|tfoot|th|thead|tr|u|ul'
const tick = '`'
const fence = tick.repeat(3)

/**
 * Runs in the reader's browser: hands the document of the page to Swagger UI as text. It has no address that anything
 * could be resolved against, nothing is sent or fetched, and of its links only those to other sites are left.
 */
export const script = String.raw`
const source = document.getElementById('document')
const target = document.getElementById('viewer')
const list = document.getElementById('list')

const dark = matchMedia('(prefers-color-scheme: dark)')
const colour = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', colour)

const xlink = 'http://www.w3.org/1999/xlink'
const schemes = new Set(['http:', 'https:', 'mailto:'])

function tame(link) {
  const address = link.getAttribute('href') ?? link.getAttributeNS(xlink, 'href')
  if (address === null) return
  if (URL.canParse(address) && schemes.has(new URL(address).protocol)) {
    link.setAttribute('rel', 'noopener noreferrer')
    link.setAttribute('target', '_blank')
  } else {
    link.removeAttribute('href')
    link.removeAttributeNS(xlink, 'href')
  }
}

function tameAll(root) {
  if (root.nodeType !== Node.ELEMENT_NODE) return
  for (const link of [root, ...root.querySelectorAll('a, area')]) tame(link)
}

const watched = { subtree: true, childList: true, attributeFilter: ['href', 'xlink:href'] }
new MutationObserver((changes) => {
  for (const { type, target, addedNodes } of changes) {
    if (type === 'attributes') tame(target)
    for (const node of addedNodes) tameAll(node)
  }
}).observe(target, watched)

// Of HTML in a text only what shapes it stays HTML; the rest is shown as it is written, and pictures become links.
// Code is left alone. Swagger UI takes out what is dangerous afterwards.
const code = /(${fence}[^]*?${fence}|${tick}[^${tick}\n]*${tick})/
const shaping = /<(?!\/?(?:${elements})(?=[\s/>]))/gi
const longest = 50_000
const tameText = (text) =>
  (text.length > longest ? text.slice(0, longest) + '…' : text)
    .split(code)
    .map((part, i) => (i % 2 ? part : part.replace(shaping, '&lt;').replaceAll('![', '[')))
    .join('')

const nothing = () => null
const readOnly = ({ React }) => ({
  components: {
    authorizeBtn: nothing,
    authorizeOperationBtn: nothing,
    authorizationPopup: nothing,
    onlineValidatorBadge: nothing,
    InfoUrl: nothing,
  },
  wrapComponents: {
    Markdown: (Markdown) => (props) =>
      React.createElement(Markdown, {
        ...props,
        source: typeof props.source === 'string' ? tameText(props.source) : props.source,
      }),
  },
})

function refuse() {
  throw new Error('what is outside of this document is not fetched')
}

// Swagger UI writes out what is referred to when a reader opens an operation; of some documents that is more than there
// is memory for. Real ones have a few hundred thousand values in one path; two have billions.
const heaviest = 5_000_000

function heaviestOf(root) {
  const weights = new Map()
  const find = (reference) =>
    reference
      .slice(2)
      .split('/')
      .reduce((value, key) => value?.[decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~')], root)

  function weigh(value) {
    if (value === null || typeof value !== 'object') return 1
    const reference = value.$ref
    if (typeof reference === 'string' && reference.startsWith('#/')) {
      if (!weights.has(reference)) {
        weights.set(reference, 1)
        weights.set(reference, weigh(find(reference)))
      }
      return weights.get(reference)
    }
    return Object.values(value).reduce((sum, inner) => sum + weigh(inner), 1)
  }

  const parts = [root.paths, root.webhooks, root.definitions, root.components?.schemas]
  return parts.flatMap((part) => Object.values(part ?? {})).reduce((most, part) => Math.max(most, weigh(part)), 0)
}

function isTooHeavy(document) {
  try {
    return heaviestOf(document) > heaviest
  } catch {
    return true // references through more hands than there is stack for, or that are no addresses
  }
}

function show() {
  colour()
  const ui = SwaggerUIBundle({
    domNode: target,
    layout: 'BaseLayout',
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [readOnly],
    deepLinking: false,
    docExpansion: target.dataset.expansion,
    defaultModelsExpandDepth: 0,
    supportedSubmitMethods: [],
    validatorUrl: null,
    queryConfigEnabled: false,
    persistAuthorization: false,
    requestInterceptor: refuse,
  })
  ui.specActions.updateLoadingStatus('success')
  ui.specActions.updateSpec(JSON.parse(source.textContent))
  const tooHeavy = isTooHeavy(ui.specSelectors.specJson().toJS())
  document.getElementById(tooHeavy ? 'too-heavy' : 'shown').hidden = false
  if (tooHeavy) target.remove()
  list.open = tooHeavy
}

// The viewer shows the operations, too; the list waits until it is asked for.
list.open = false
addEventListener('DOMContentLoaded', () => {
  if (typeof SwaggerUIBundle === 'function') show()
  else list.open = true
})
`
