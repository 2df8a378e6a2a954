import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const controller = '/sys/fs/cgroup/memory'

/** Whether processes can be held to an amount of memory here: Linux, version 1 of cgroups, as root. */
export const canCage =
  existsSync(join(controller, 'memory.limit_in_bytes')) && process.getuid?.() === 0

/** Holds a process to so many bytes, buffers of the system included, as a small instance does: beyond them it is killed. */
export function cage(pid: number, bytes: number) {
  const folder = join(controller, `holdfast-test-${pid}`)
  mkdirSync(folder)
  const put = (file: string, value: number) => writeFileSync(join(folder, file), String(value))
  const read = (file: string) => Number(readFileSync(join(folder, file), 'utf8'))
  put('memory.limit_in_bytes', bytes)
  // No way out into swap, where the kernel counts it.
  if (existsSync(join(folder, 'memory.memsw.limit_in_bytes')))
    put('memory.memsw.limit_in_bytes', bytes)
  put('cgroup.procs', pid)

  return {
    /** The most that it has taken. */
    peak: () => read('memory.max_usage_in_bytes'),
    /** Once its process has ended. */
    remove: () => rmdirSync(folder),
  }
}
