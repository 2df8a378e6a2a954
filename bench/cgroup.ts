import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** What a process is held to: a share of one processor, and bytes of memory, buffers of the system included. */
export interface Bounds {
  processor: number
  bytes: number
}

export interface Cgroup {
  /** The program that runs another one inside: its words go before. */
  under: string[]
  /** Bytes, at the highest. */
  memoryPeak: () => number | undefined
  /** Seconds that were waited for the processor because the share was used up. */
  throttled: () => number
  /** Once everything inside has ended. */
  remove: () => Promise<void>
}

const periodMicroseconds = 100_000
const root = '/sys/fs/cgroup'

/**
 * Holds processes to what a small instance gives them, by version 1 or 2 of Linux's cgroups. Raises an error that says
 * so where there are none, or where this user may not make one.
 */
export function createCgroup(bounds: Bounds): Cgroup {
  const name = `holdfast-cage-${process.pid}-${performance.now().toFixed(0)}`
  const cgroup = existsSync(join(root, 'cpu/cpu.cfs_quota_us'))
    ? version1(name, bounds)
    : version2(name, bounds)
  return {
    ...cgroup,
    async remove() {
      // The kernel lets go of a process a moment after it has ended.
      for (let attempt = 0; !cgroup.tryRemove(); attempt += 1) {
        if (attempt === 100) throw new Error(`the cgroup ${name} is still in use`)
        await pause(20)
      }
    },
  }
}

function version1(name: string, { processor, bytes }: Bounds) {
  const [cpu, memory] = [join(root, 'cpu', name), join(root, 'memory', name)]
  make(cpu, {
    'cpu.cfs_period_us': periodMicroseconds,
    'cpu.cfs_quota_us': processor * periodMicroseconds,
  })
  make(memory, { 'memory.limit_in_bytes': bytes })
  return {
    under: entering([cpu, memory]),
    memoryPeak: () => numberIn(join(memory, 'memory.max_usage_in_bytes')),
    throttled: () => (fieldIn(join(cpu, 'cpu.stat'), 'throttled_time') ?? 0) / 1e9,
    tryRemove: () => removed([cpu, memory]),
  }
}

function version2(name: string, { processor, bytes }: Bounds) {
  const folder = join(root, name)
  const controllers = join(root, 'cgroup.controllers')
  if (!existsSync(controllers)) throw new Error('this system has no cgroups to measure in')
  const known = readFileSync(controllers, 'utf8').split(/\s/)
  if (!known.includes('cpu') || !known.includes('memory')) {
    throw new Error('the cgroups of this system know neither processor nor memory')
  }
  write(join(root, 'cgroup.subtree_control'), '+cpu +memory')
  make(folder, {
    'cpu.max': `${processor * periodMicroseconds} ${periodMicroseconds}`,
    'memory.max': bytes,
  })
  return {
    under: entering([folder]),
    memoryPeak: () => numberIn(join(folder, 'memory.peak')),
    throttled: () => (fieldIn(join(folder, 'cpu.stat'), 'throttled_usec') ?? 0) / 1e6,
    tryRemove: () => removed([folder]),
  }
}

/** A shell that goes in, and becomes the program: what it measures begins with that. */
function entering(folders: string[]): string[] {
  const enter = folders.map((folder) => `echo $$ > '${folder}/cgroup.procs'`).join(' && ')
  return ['sh', '-c', `${enter} && exec "$0" "$@"`]
}

function make(folder: string, files: Record<string, string | number>) {
  try {
    mkdirSync(folder)
    for (const [file, value] of Object.entries(files)) write(join(folder, file), value)
  } catch (error) {
    throw new Error(`no cgroup can be made at ${folder}: this needs Linux, and root`, {
      cause: error,
    })
  }
}

function write(file: string, value: string | number) {
  writeFileSync(file, String(value))
}

function removed(folders: string[]): boolean {
  try {
    for (const folder of folders) if (existsSync(folder)) rmdirSync(folder)
    return true
  } catch {
    return false
  }
}

function numberIn(file: string): number | undefined {
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined
}

function fieldIn(file: string, field: string): number | undefined {
  const [, value] = new RegExp(`^${field} (\\d+)$`, 'm').exec(readFileSync(file, 'utf8')) ?? []
  return value === undefined ? undefined : Number(value)
}
