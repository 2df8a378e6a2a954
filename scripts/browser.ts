import { basename, join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const pages = ['login', 'register', 'reset', 'account', 'admin']

/** What browsers load, by file name: the script of each page, and the style of them all. */
export async function bundleForBrowsers(): Promise<Map<string, Buffer>> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: {
      style: 'src/browser/style/style.css',
      ...Object.fromEntries(pages.map((name) => [name, `src/browser/${name}.page.ts`])),
    },
    outdir: 'unused',
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome120', 'firefox121', 'safari17.4'],
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
    tsconfigRaw: {},
  })
  return new Map(outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)]))
}
