import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../server.ts'

/** What reads otherwise: a commit is not synced, and no unit waits for others to share it with. */
const changes: [ours: string, theirs: string][] = [
  [`connection.pragma("synchronous = FULL")`, `connection.pragma("synchronous = NORMAL")`],
  [
    `return options.exclusive === true || options.deadline === "bulk"`,
    `return options !== undefined`,
  ],
]

/**
 * The same service as many others would set it up: `synchronous=NORMAL`, and one commit for each write. It is the
 * bundle with two lines changed, so that the service itself needs no switch that makes it lose data. Gives its path.
 */
export function writeOneCommitAWrite(folder: string): string {
  const bundle = readFileSync(join(root, 'dist/cli.js'), 'utf8')
  const changed = changes.reduce((text, [ours, theirs]) => {
    if (text.split(ours).length !== 2) throw new Error(`not once in dist/cli.js: ${ours}`)
    return text.replace(ours, theirs)
  }, bundle)
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'cli.js')
  writeFileSync(path, changed)
  return path
}
