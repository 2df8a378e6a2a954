import { createHash } from 'node:crypto'
import { lazy } from '../../../lazy.ts'
import { script } from './page.script.ts'
import { style } from './page.style.ts'

/** What the pages load besides the viewer. */
export const assets = {
  'spec.css': { type: 'text/css; charset=utf-8', content: style },
  'spec.js': { type: 'text/javascript; charset=utf-8', content: script },
} as const

const digests = lazy(() =>
  Object.fromEntries(
    Object.entries(assets).map(([name, { content }]) => [
      name,
      createHash('sha256').update(content).digest('base64url').slice(0, 10),
    ]),
  ),
)

/** The path of an asset; it changes with its content. */
export function assetPath(name: keyof typeof assets): string {
  return `/docs/${name}?v=${digests()[name]}`
}
