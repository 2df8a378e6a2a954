import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..', '..')

/** Inside the project, so that the bundle finds the packages and, further up, migrations/. */
const folder = join(root, 'node_modules', '.cache', 'holdfast-test', String(process.pid))

let built: Promise<string> | undefined

/** The command line in one file, as scripts/build.ts makes it: made once for each test file. Gives its path. */
export function bundle(): Promise<string> {
  return (built ??= bundleInto(folder))
}

/** The same in a folder of its own, where other migrations may stand beside it. Gives its path. */
export function bundleCopy(name: string): Promise<string> {
  return bundleInto(join(folder, name))
}

/** Takes away what this test file made. */
export function removeBundles(): void {
  built = undefined
  rmSync(folder, { recursive: true, force: true })
}

async function bundleInto(into: string): Promise<string> {
  mkdirSync(into, { recursive: true })
  const outfile = join(into, 'cli.js')
  await build({
    absWorkingDir: root,
    entryPoints: ['src/cli.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    external: ['better-sqlite3', '@node-rs/argon2', 'swagger-ui-dist'],
    banner: { js: banner },
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'error',
  })
  return outfile
}

// What CommonJS packages expect to find, and an ES module has not.
const banner = `import { createRequire as createBundleRequire } from 'node:module'
const require = createBundleRequire(import.meta.url)
const __filename = import.meta.filename
const __dirname = import.meta.dirname`
