import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'

export interface FoundFile {
  /** From the folder, with `/` between its parts, whatever the system has. */
  path: string
  /** Where to read it: a link is followed already. */
  file: string
  bytes: number
}

/** What stands in the folder and could not be looked at. */
export interface UnreadablePath {
  path: string
  detail: string
}

export interface Walk {
  files: FoundFile[]
  unreadable: UnreadablePath[]
}

const description = /\.(?:json|ya?ml)$/i

/**
 * Finds the files of a folder that may be API descriptions, by their names, in the order of their paths (by code
 * units, so that it is the same everywhere). Passed over: what is hidden, links to folders, and links that lead out of
 * the folder. Raises an error when the folder itself cannot be read.
 */
export async function walkFolder(folder: string): Promise<Walk> {
  const root = await realpath(folder).catch(cannotRead(folder))
  const walk: Walk = { files: [], unreadable: [] }
  const entries = await readdir(root, { withFileTypes: true }).catch(cannotRead(folder))
  await visit({ root, at: [], entries }, walk)
  for (const list of [walk.files, walk.unreadable]) list.sort(byPath)
  return walk
}

async function visit(
  { root, at, entries }: { root: string; at: string[]; entries: Dirent[] },
  walk: Walk,
): Promise<void> {
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue
    const parts = [...at, entry.name]
    const path = parts.join('/')
    try {
      if (entry.isDirectory()) {
        const below = await readdir(join(root, ...parts), { withFileTypes: true })
        await visit({ root, at: parts, entries: below }, walk)
      } else if (description.test(entry.name)) {
        const found = await look(root, path, entry)
        if (found) walk.files.push(found)
      }
    } catch (error) {
      walk.unreadable.push({ path, detail: `It cannot be read (${codeOf(error)}).` })
    }
  }
}

async function look(root: string, path: string, entry: Dirent): Promise<FoundFile | undefined> {
  if (!entry.isFile() && !entry.isSymbolicLink()) return undefined
  const file = await realpath(join(root, ...path.split('/')))
  if (!file.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined
  const { size, isFile } = await stat(file).then((found) => ({
    size: found.size,
    isFile: found.isFile(),
  }))
  return isFile ? { path, file, bytes: size } : undefined
}

function byPath(one: { path: string }, other: { path: string }): number {
  return one.path < other.path ? -1 : Number(one.path > other.path)
}

function cannotRead(folder: string): (error: unknown) => never {
  return (error) => {
    throw new Error(`${folder} cannot be read as a folder (${codeOf(error)})`, { cause: error })
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
