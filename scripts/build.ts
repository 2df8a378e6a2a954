import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const outfile = join(root, 'dist', 'cli.js')

// They load a binary, or files, from where their package lies.
const external = ['better-sqlite3', '@node-rs/argon2', 'swagger-ui-dist']

// What CommonJS packages expect to find, and an ES module has not.
const banner = `import { createRequire as createBundleRequire } from 'node:module'
const require = createBundleRequire(import.meta.url)
const __filename = import.meta.filename
const __dirname = import.meta.dirname`

/** Bundles the command line into one file: importing the packages one by one costs several times the processor time. */
async function bundle(): Promise<void> {
  const begun = performance.now()
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  await build({
    absWorkingDir: root,
    entryPoints: ['src/cli.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    external,
    banner: { js: banner },
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
  })
  const kilobytes = Math.round(statSync(outfile).size / 1000)
  const elapsed = Math.round(performance.now() - begun)
  process.stdout.write(`dist/cli.js: ${kilobytes} kB in ${elapsed} ms\n`)
}

await bundle()
