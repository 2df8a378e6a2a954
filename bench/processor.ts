import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** Linux counts in hundredths of a second for programs, whatever the kernel's own clock. */
const microsecondsPerTick = 10_000

/**
 * Processor time that a process took so far, user and system, in microseconds. Undefined where nobody tells, or when the
 * process has ended.
 */
export function processorTime(pid: number): number | undefined {
  const path = `/proc/${pid}/stat`
  if (process.platform === 'linux') {
    if (!existsSync(path)) return undefined
    const stat = readFileSync(path, 'utf8')
    // The program's name comes second, in parentheses, and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * microsecondsPerTick
  }
  // `1:02:03.45`, to a hundredth of a second.
  if (process.platform === 'darwin') {
    const parts = ps('cputime', pid).split(':').map(Number)
    return parts.reduce((sum, part) => sum * 60 + part, 0) * 1e6
  }
  return undefined
}

/** Resident memory of a process in bytes. Undefined where nobody tells. */
export function residentMemory(pid: number): number | undefined {
  if (process.platform === 'linux') {
    const [, kilobytes] =
      /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  }
  return process.platform === 'darwin' ? Number(ps('rss', pid)) * 1024 : undefined
}

function ps(column: string, pid: number): string {
  return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim()
}
