/**
 * Runs in the reader's browser: hands the document of the page to Swagger UI as text. It has no address that anything
 * could be resolved against, nothing is sent or fetched, and of its links only those to other sites are left.
 */
export const script = String.raw`
const source = document.getElementById('document')
const target = document.getElementById('viewer')

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

const nothing = () => null
const readOnly = () => ({
  components: {
    authorizeBtn: nothing,
    authorizeOperationBtn: nothing,
    authorizationPopup: nothing,
    onlineValidatorBadge: nothing,
    InfoUrl: nothing,
  },
})

function refuse() {
  throw new Error('what is outside of this document is not fetched')
}

function show() {
  colour()
  target.parentElement.hidden = false
  const ui = SwaggerUIBundle({
    domNode: target,
    layout: 'BaseLayout',
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [readOnly],
    deepLinking: false,
    docExpansion: 'none',
    defaultModelsExpandDepth: 0,
    supportedSubmitMethods: [],
    validatorUrl: null,
    queryConfigEnabled: false,
    persistAuthorization: false,
    requestInterceptor: refuse,
  })
  ui.specActions.updateLoadingStatus('success')
  ui.specActions.updateSpec(JSON.parse(source.textContent))
}

if (typeof SwaggerUIBundle === 'function') show()
`
