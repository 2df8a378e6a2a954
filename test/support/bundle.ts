import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..', '..')

/** Inside the project, so that the bundle finds the packages and, further up, migrations/. */
const folder = join(root, 'node_modules', '.cache', 'holdfast-test', String(process.pid))

let built: Promise<string> | undefined

/** The command line as `npm start` bundles it, made once for each test file. Gives its path. */
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
  await promisify(execFile)(process.execPath, [join(root, 'scripts', 'build.ts'), into])
  return join(into, 'cli.js')
}
