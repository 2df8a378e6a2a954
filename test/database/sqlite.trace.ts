import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'

/** What a program did to the files of a folder, in order, and what it said on stdout. */
export type Step =
  | { kind: 'create' | 'sync' | 'unlink'; file: string }
  | { kind: 'syncFolder' }
  | { kind: 'write'; file: string; at: number; bytes: Buffer }
  | { kind: 'truncate'; file: string; size: number }
  | { kind: 'say'; lines: string[] }

const calls = 'openat,close,pwrite64,write,fsync,fdatasync,ftruncate,unlink'

/** Why strace cannot be used here; undefined when it can. */
export function whyNoTrace(): string | undefined {
  const tried = spawnSync('strace', ['-o', '/dev/null', 'true'], { encoding: 'utf8' })
  if (tried.error) return `strace is not installed (${tried.error.message})`
  return tried.status === 0 ? undefined : `strace may not be used here: ${tried.stderr}`
}

/** Runs a script of Node's under strace. SQLite works on the main thread, so that only that one is followed. */
export async function trace(options: {
  script: string
  args: string[]
  file: string
  log: string
  /** Lets the calls named before the colon fail, as strace spells it. */
  inject?: string
}) {
  const { script, args, file, log, inject } = options
  const faults = inject ? ['-e', `inject=${inject}`] : []
  const strace = [...faults, '-xx', '-s', '1000000', '-e', `trace=${calls}`, '-o', log]
  const child = spawn('strace', [...strace, process.execPath, script, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`the traced script ended with ${code}`)
  return parseTrace(readFileSync(log, 'latin1'), file)
}

/** Steps on a database file and on what stands beside it under its name. */
export function parseTrace(text: string, file: string): Step[] {
  const open = new Map<string, string>()
  const folder = dirname(file)
  return text.split('\n').flatMap((line) => {
    const [, call, args = '', result] = /^(\w+)\((.*)\)\s+= (-?\d+)/.exec(line) ?? []
    if (!call || result === undefined || result.startsWith('-')) return []
    const strings = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = '']) =>
      decoded(hex),
    )
    const numbers = args.replaceAll(/"[^"]*"/g, '').match(/-?\b\d+\b/g) ?? []
    const path = strings[0]?.toString() ?? ''

    if (call === 'openat') {
      open.set(result, path)
      const created = args.includes('O_CREAT') && path.startsWith(file)
      return created ? [{ kind: 'create', file: basename(path) } satisfies Step] : []
    }
    if (call === 'unlink')
      return path.startsWith(file) ? [{ kind: 'unlink', file: basename(path) }] : []
    return stepOn({ call, bytes: strings[0], numbers, open, file, folder })
  })
}

function stepOn(done: {
  call: string
  bytes: Buffer | undefined
  numbers: string[]
  open: Map<string, string>
  file: string
  folder: string
}): Step[] {
  const { call, bytes, numbers, open } = done
  const handle = numbers[0] ?? ''
  if (call === 'close') open.delete(handle)
  if (call === 'write' && handle === '1' && bytes) {
    return [{ kind: 'say', lines: bytes.toString().split('\n').filter(Boolean) }]
  }
  const path = open.get(handle)
  if (!path) return []
  const isSync = call === 'fsync' || call === 'fdatasync'
  if (isSync && path === done.folder) return [{ kind: 'syncFolder' }]
  if (!path.startsWith(done.file)) return []
  const file = basename(path)
  if (isSync) return [{ kind: 'sync', file }]
  if (call === 'ftruncate') return [{ kind: 'truncate', file, size: Number(numbers[1]) }]
  if (call === 'pwrite64' && bytes)
    return [{ kind: 'write', file, at: Number(numbers.at(-1)), bytes }]
  return []
}

function decoded(hex: string): Buffer {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex')
}
