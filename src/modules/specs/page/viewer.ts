import { createGunzip } from 'node:zlib'
import type { Format } from '../../../descriptions/description.ts'
import { embedded, html } from './html.ts'
import { assetPath } from './page.assets.ts'

/** The largest published documents take Swagger UI two seconds; far larger ones would freeze the reader's browser. */
const most = { bytes: 5_000_000, operations: 2000 }

interface Shown {
  format: Format
  bytes: number
  operations: number
}

/** Whether Swagger UI shows a document besides our own list: it knows OpenAPI and Swagger only. */
export function hasViewer({ format, bytes, operations }: Shown): boolean {
  if (format.startsWith('asyncapi')) return false
  return bytes <= most.bytes && operations <= most.operations
}

export const viewerStyle = html`<link rel="stylesheet" href="/docs/swagger-ui.css" /> `

/**
 * A page with its gzipped document behind it, as data: our script gives it to Swagger UI, nothing of it is fetched, and
 * nothing in it is code. It is passed on piece by piece, and never in memory whole.
 */
export async function* withViewer(page: string, document: Buffer): AsyncGenerator<string> {
  const end = page.lastIndexOf('</body>')
  yield `${page.slice(0, end)}<script type="application/json" id="document">"`
  const decoder = new TextDecoder()
  const unpacked = createGunzip({ chunkSize: 64 * 1024 })
  unpacked.end(document)
  for await (const chunk of unpacked)
    yield embedded(decoder.decode(chunk as Buffer, { stream: true }))
  yield `"</script>
<script src="${assetPath('spec.js')}" defer></script>
<script src="/docs/swagger-ui-bundle.js" defer></script>
${page.slice(end)}`
}
