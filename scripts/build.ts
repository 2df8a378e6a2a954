import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, relative } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { bundleForBrowsers } from './browser.ts'

const root = join(import.meta.dirname, '..')
const external = [
  // They load a binary, or files, from where their package lies.
  'better-sqlite3',
  '@node-rs/argon2',
  'swagger-ui-dist',
  // What it would make lies beside the bundle.
  '*/scripts/browser.ts',
]

// What CommonJS packages expect to find, and an ES module has not.
const banner = `const require = process.getBuiltinModule('node:module').createRequire(import.meta.url)
const __filename = import.meta.filename
const __dirname = import.meta.dirname`

/**
 * Turns imports of Node's own modules into calls of `require`, and takes of them what is asked for. An import reads every
 * export of the module, and with that of node:http loads its WebSocket and fetch, which the service never uses: 20 ms of
 * processor time at each start. A module that exports what `require` gave would be copied whole for each file that
 * imports it.
 */
const requireBuiltins: Plugin = {
  name: 'require-builtins',
  setup(build) {
    const namespace = 'builtin'
    build.onResolve({ filter: /^(?:node:)?[a-z_/\d]+$/ }, ({ path, kind }) =>
      kind === 'import-statement' && isBuiltin(path) ? { path, namespace } : undefined,
    )
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({ contents: takenFrom(path) }))
  },
}

/** Exports that nobody imports are left out: reading one is said to have no effect. */
function takenFrom(path: string): string {
  const names = Object.keys(process.getBuiltinModule(path) ?? {}).filter((name) =>
    /^\w+$/.test(name),
  )
  const exports = names
    .filter((name) => name !== 'default')
    .map(
      (name) => `const $${name} = /* @__PURE__ */ get('${name}'); export { $${name} as ${name} }`,
    )
  return `const all = require(${JSON.stringify(path)})
const get = (name) => all[name]
export default all
${exports.join('\n')}
`
}

/**
 * The engine of @fastify/env holds every schema against JSON Schema's own, which it compiles for that at each start, for
 * 40 ms. Ours is checked by the tests, which run it as it is.
 */
const trustSchemas: Plugin = {
  name: 'trust-schemas',
  setup(build) {
    const before = 'allErrors: true,'
    build.onLoad({ filter: /env-schema[\\/]index\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes(before)) throw new Error('env-schema has changed: see trust-schemas')
      return { contents: text.replace(before, `${before} meta: false, validateSchema: false,`) }
    })
  },
}

/** @fastify/swagger brings a writer of YAML, which takes a tenth of a start to load, for what is served as JSON alone. */
const leaveYaml: Plugin = {
  name: 'leave-yaml',
  setup(build) {
    const namespace = 'left-out'
    build.onResolve({ filter: /^yaml$/ }, ({ path, importer }) =>
      importer.includes('@fastify') ? { path, namespace } : undefined,
    )
    build.onLoad({ filter: /.*/, namespace }, () => ({ contents: 'module.exports = {}' }))
  },
}

/**
 * What is run. Node keeps what it compiled of the bundle beside it, where it may write: from the second start on that
 * is a sixth of the processor time.
 */
const entry = `#!/usr/bin/env node
import module from 'node:module'
if (Number(process.versions.node.split('.')[0]) < 26) {
  console.error(
    'holdfast: this is Node ' + process.versions.node + ', and 26 is needed. ' +
      'npm ci brings it: run holdfast by npm, as in npm start.',
  )
  process.exit(78)
}
// The first process of a container gets no signal that it does not listen to; the service itself does so later.
if (process.argv[2] === 'serve') process.once('SIGTERM', () => process.exit(0))
module.enableCompileCache(import.meta.dirname + '/.cache')
await import('./holdfast.js')
`

/**
 * Bundles the command line into one file: importing the packages one by one costs several times the processor time. The
 * thread that reads API descriptions is a second one, so that its parsers are loaded by nobody else.
 */
const entryPoints = {
  holdfast: 'src/cli.ts',
  'description.worker': 'src/descriptions/description.worker.ts',
  healthcheck: 'src/healthcheck.ts',
}

/** Bundles into a folder, and says how large that became. */
export async function buildInto(folder: string, { sourcemap = true } = {}): Promise<void> {
  const begun = performance.now()
  mkdirSync(folder, { recursive: true })
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    external,
    plugins: [requireBuiltins, trustSchemas, leaveYaml],
    banner: { js: banner },
    sourcemap,
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
  })
  writeFileSync(join(folder, 'cli.js'), entry, { mode: 0o755 })
  mkdirSync(join(folder, 'browser'), { recursive: true })
  for (const [name, content] of await bundleForBrowsers())
    writeFileSync(join(folder, 'browser', name), content)
  const sizes = Object.keys(entryPoints).map((name) => {
    const file = join(folder, `${name}.js`)
    return `${relative(root, file)}: ${Math.round(statSync(file).size / 1000)} kB`
  })
  process.stdout.write(`${sizes.join(', ')}, in ${Math.round(performance.now() - begun)} ms\n`)
}

/** `node scripts/build.ts FOLDER` builds elsewhere: the tests do, each run for itself. */
if (import.meta.main) await buildInto(process.argv[2] ?? join(root, 'dist'))
