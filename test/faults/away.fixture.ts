import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { ServiceProcess } from '../support/process.ts'

/** Alive, and everything else in the future. */
export async function expectStarting(service: ServiceProcess) {
  const [live, ready, health, list, login] = await Promise.all([
    service.call('GET', '/health/live'),
    service.call('GET', '/health/ready'),
    service.call('GET', '/health'),
    service.call('GET', '/api/announcements'),
    service.call('POST', '/api/auth/login', { body: { username: 'ada', password: 'x' } }),
  ])
  expect(live.status).toBe(200)
  expect(ready.status).toBe(503)
  expect(health).toMatchObject({ status: 503, json: { status: 'starting' } })
  for (const { status, headers, json } of [list, login]) {
    expect(status).toBe(503)
    expect(headers['retry-after']).toBe('1')
    expect(json.code).toBe('not_ready')
  }
}

/** Resolves when the process turns, whatever its database does. */
export async function live(service: ServiceProcess): Promise<void> {
  const ask = () => service.call('GET', '/health/live').catch(() => undefined)
  await expect.poll(async () => (await ask())?.status, { timeout: 15_000 }).toBe(200)
}

/** What doctor told the log, by the names of its steps. */
export function findingsOf(service: ServiceProcess): { step: string; ok: boolean; msg: string }[] {
  return service
    .output()
    .split('\n')
    .filter((line) => line.includes('"doctor: '))
    .map((line) => JSON.parse(line))
}

/** Seconds of processor time that a process took so far; undefined where nobody tells. */
export function processorSeconds(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The program's name comes second, in parentheses, and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
