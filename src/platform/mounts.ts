import { readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** A file system, and where it is mounted. */
export interface Mount {
  point: string
  /** As the kernel calls it: `ext4`, `overlay`, `tmpfs`. */
  type: string
  /** Which folder of that file system is seen there. */
  root: string
}

/** Gives what is mounted where this process runs, in the order of mounting; undefined where the system does not say. */
export function readMounts(): Mount[] | undefined {
  try {
    return parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'))
  } catch {
    return undefined
  }
}

/** Reads the format of `/proc/self/mountinfo`, as proc(5) has it; a line that has another form is passed over. */
export function parseMounts(text: string): Mount[] {
  const line = /^\d+ \d+ \d+:\d+ (?<root>\S+) (?<point>\S+) \S+(?: \S+)* - (?<type>\S+) /gm
  return [...text.matchAll(line)].map(({ groups = {} }) => ({
    point: unescape(groups['point'] ?? ''),
    type: groups['type'] ?? '',
    root: unescape(groups['root'] ?? ''),
  }))
}

/** Gives the file system on which a path lies, or will lie once its folders are made. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  const real = realPathOf(resolve(path))
  const over = mounts.filter(({ point }) => isWithin(real, point))
  const deepest = Math.max(...over.map(({ point }) => point.length))
  // Of several at one point, the last hides the others.
  return over.findLast(({ point }) => point.length === deepest)
}

function isWithin(path: string, point: string): boolean {
  return point === '/' || path === point || path.startsWith(`${point}/`)
}

/** With its links followed, as far as it is there. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(realPathOf(parent), basename(path))
  }
}

/** Blanks, tabs, newlines and backslashes stand as three octal digits. */
function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 8)),
  )
}
