import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { lazy } from '../../lazy.ts'

export const pageNames = ['login', 'register', 'reset', 'account', 'admin'] as const

export type PageName = (typeof pageNames)[number]
export type AssetName = `${PageName}.js` | 'style.css'

export const assetNames: readonly AssetName[] = [
  'style.css',
  ...pageNames.map((name) => `${name}.js` as const),
]

export interface Asset {
  type: string
  content: Buffer
  packed: Buffer
  /** Of the content: addresses carry it, so that browsers may keep what is behind them for ever. */
  version: string
}

const types: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

const all = lazy(async () => {
  const contents = await bundled()
  const entries = [...contents].map(async ([name, content]) => [name, await assetOf(name, content)])
  return new Map((await Promise.all(entries)) as [string, Asset][])
})

/** What pages load, read or bundled when it is first asked for. */
export async function assetOfName(name: AssetName): Promise<Asset> {
  const asset = (await all()).get(name)
  if (!asset) throw new Error(`the bundle has no ${name}: npm run build makes it`)
  return asset
}

/** The address of an asset; it changes with its content. */
export async function assetPath(name: AssetName): Promise<string> {
  return `/assets/${name}?v=${(await assetOfName(name)).version}`
}

/** Beside the bundle of the service lies what is for browsers; where the service runs as written, it is made now. */
async function bundled(): Promise<Map<string, Buffer>> {
  const folder = join(import.meta.dirname, 'browser')
  if (!existsSync(folder)) {
    const { bundleForBrowsers } = await import('../../../scripts/browser.ts')
    return bundleForBrowsers()
  }
  const names = await readdir(folder)
  const entries = names.map(async (name) => [name, await readFile(join(folder, name))] as const)
  return new Map(await Promise.all(entries))
}

async function assetOf(name: string, content: Buffer): Promise<Asset> {
  return {
    type: types[extname(name)] ?? 'application/octet-stream',
    content,
    packed: await promisify(gzip)(content, { level: 9 }),
    version: createHash('sha256').update(content).digest('base64url').slice(0, 10),
  }
}
