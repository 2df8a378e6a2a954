import { cpSync, globSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { buildInto } from './build.ts'

/**
 * `node scripts/image.ts FOLDER` puts together what runs, and nothing else: the bundle, the migrations, and of the
 * packages that the bundle leaves where they are, the files that are read. It runs wherever this Node does.
 */
const root = join(import.meta.dirname, '..')

const own = ['package.json', 'LICENSE', 'migrations/migrations.json', 'migrations/*/*.sql']

/** What is read of each package, besides its package.json; licences go with what they are for. */
const packages: Record<string, string[]> = {
  'better-sqlite3': ['lib/**', `prebuilds/${process.platform}-${process.arch}.node`],
  '@node-rs/argon2': ['index.js'],
  '@node-rs/argon2-*': ['*.node'],
  'swagger-ui-dist': ['swagger-ui-bundle.js', 'swagger-ui.css', 'favicon-32x32.png', 'NOTICE'],
  '@asyncapi/specs': ['schemas/?.?.?.json'],
  '@zxcvbn-ts/language-common': ['dist/passwords.json.cjs'],
  '@zxcvbn-ts/dictionary-compression': ['dist/decompress.cjs'],
  '@seriousme/openapi-schema-validator': ['schemas/*/schema.json'],
}

async function putTogether(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  if (readdirSync(folder).length > 0) throw new Error(`${folder} is not empty`)
  // Reading the map of the sources would cost half as much again as the rest of the start.
  await buildInto(join(folder, 'dist'), { sourcemap: false })
  for (const pattern of own) copyAll(pattern, folder)
  for (const [name, patterns] of Object.entries(packages)) {
    const found = patterns.map((pattern) => copyAll(join('node_modules', name, pattern), folder))
    if (found.includes(0))
      throw new Error(`${name} has other files than it had: see ${name} in scripts/image.ts`)
    copyAll(join('node_modules', name, '{package.json,LICENSE*}'), folder)
  }
  report(folder)
}

/** Gives how many files there were. */
function copyAll(pattern: string, folder: string): number {
  const files = globSync(pattern, { cwd: root }).filter((file) =>
    statSync(join(root, file)).isFile(),
  )
  for (const file of files) copy(file, folder)
  return files.length
}

function copy(name: string, folder: string): void {
  cpSync(join(root, name), join(folder, name), { recursive: true })
}

function report(folder: string): void {
  const files = globSync('**', { cwd: folder }).map((file) => statSync(join(folder, file)))
  const bytes = files.filter((file) => file.isFile()).reduce((sum, { size }) => sum + size, 0)
  process.stdout.write(`${relative(process.cwd(), folder)}: ${Math.round(bytes / 1000)} kB\n`)
}

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: node scripts/image.ts FOLDER')
await putTogether(resolve(folder))
