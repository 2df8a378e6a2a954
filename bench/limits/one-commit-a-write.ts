import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../server.ts'

/** What reads otherwise: commits are not synced, and no unit waits for others to share one with. */
const changes: [ours: RegExp, theirs: string][] = [
  [/pragma\("synchronous = FULL"\)/g, 'pragma("synchronous = NORMAL")'],
  [/function runsAlone\(.*\) \{\n.*\n\}/g, 'function runsAlone() { return true }'],
]

/**
 * The same service as many others would set it up: `synchronous=NORMAL`, and one commit for each write. It is the
 * bundle with these lines changed, so that the service itself needs no switch that makes it lose data. Gives its path.
 */
export function writeOneCommitAWrite(folder: string): string {
  const bundle = readFileSync(join(root, 'dist/holdfast.js'), 'utf8')
  const changed = changes.reduce((text, [ours, theirs]) => {
    if (text.search(ours) === -1) throw new Error(`not in dist/holdfast.js: ${ours}`)
    return text.replaceAll(ours, theirs)
  }, bundle)
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'holdfast.js')
  writeFileSync(path, changed)
  return path
}
