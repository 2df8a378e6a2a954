import type { ChildProcess } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { clean, judge } from '../support/history.ts'
import { startPostgres } from '../support/postgres.setup.ts'
import { startProcess, type ServiceProcess } from '../support/process.ts'
import { report, trials } from '../support/trials.ts'
import { startWriters } from '../support/writers.ts'
import { engines } from './engines.fixture.ts'

const rounds = trials(1)
const downMs = 1200
const modes = [
  { mode: 'fast', signal: 'SIGINT' },
  { mode: 'immediate', signal: 'SIGQUIT' },
] as const

const { findings, rows } = engines.find(({ engine }) => engine === 'postgres')!

test.each(modes)(
  'PostgreSQL stops ($mode) under 16 writers and readers and comes back: nothing is lost, and nobody waits for long',
  { timeout: 40_000 + rounds * 8_000 },
  async ({ mode, signal }) => {
    const postgres = await startPostgres()
    try {
      const service = await startProcess({ DATABASE_URL: postgres.url })
      await service.ready()
      const token = await service.login()
      const writers = startWriters({ client: service, token, count: 16 })
      const readers = startReaders(service)
      const recoveredMs: number[] = []

      for (let round = 0; round < rounds; round += 1) {
        await expect.poll(() => healthOf(service)).toEqual(healthy)
        await pause(100 + Math.random() * 400)
        await end(processOf(postgres), signal)
        await pause(downMs / 2)
        expect(await healthOf(service)).toEqual({
          health: 200,
          status: 'degraded',
          ready: 503,
          live: 200,
        })
        await pause(downMs / 2)

        await postgres.server.start()
        const back = performance.now()
        const before = writers.acknowledged()
        while (writers.acknowledged() === before && performance.now() - back < 10_000)
          await pause(5)
        recoveredMs.push(performance.now() - back)
        await expect.poll(() => healthOf(service), { timeout: 5000 }).toEqual(healthy)
      }

      await writers.stop()
      const slowestReadMs = await readers.stop()
      const verdict = judge(writers.history, await rows(postgres.url))
      report(`PostgreSQL stopped (${mode})`, {
        rounds,
        operations: writers.history.length,
        statuses: Object.fromEntries(writers.statuses),
        slowestRecoveryMs: Math.round(Math.max(...recoveredMs)),
        slowestWriteMs: Math.round(writers.slowestMs()),
        slowestReadMs: Math.round(slowestReadMs),
        lost: verdict.lost.length,
        doubled: verdict.doubled.length,
        ghosts: verdict.ghosts.length,
      })
      expect(verdict).toEqual(clean)
      expect(writers.history.every(({ outcome }) => outcome === 'ok')).toBe(true)
      expect([200, 201, 503]).toEqual(expect.arrayContaining([...writers.statuses.keys()]))
      expect(writers.statuses.get(503)).toBeGreaterThan(10)
      expect(Math.max(...recoveredMs)).toBeLessThan(2000)
      expect(Math.max(writers.slowestMs(), slowestReadMs)).toBeLessThan(15_000)
      expect(service.ended()).toBeUndefined()
      await expect.poll(() => findings(postgres.url), { timeout: 10_000 }).toEqual([])
      expect(await service.stop()).toEqual({ code: 0, signal: null })
    } finally {
      await postgres.stop()
    }
  },
)

const healthy = { health: 200, status: 'healthy', ready: 200, live: 200 }

async function healthOf(service: ServiceProcess) {
  const ask = (path: string) => service.call('GET', path, { timeoutMs: 1000 })
  const [health, ready, live] = await Promise.all(
    ['/health', '/health/ready', '/health/live'].map(ask),
  )
  return {
    health: health!.status,
    status: health!.json.status,
    ready: ready!.status,
    live: live!.status,
  }
}

/** Four readers, who take a 503 for an answer, and nothing else. */
function startReaders(service: ServiceProcess) {
  const over = new AbortController()
  let slowestMs = 0
  const read = async () => {
    while (!over.signal.aborted) {
      const { status, headers, ms } = await service.call('GET', '/api/announcements')
      slowestMs = Math.max(slowestMs, ms)
      if (status !== 200) {
        expect({ status, retryAfter: headers['retry-after'] }).toEqual({
          status: 503,
          retryAfter: '1',
        })
      }
      await pause(10)
    }
  }
  const reading = Promise.all([read(), read(), read(), read()])
  return {
    async stop() {
      over.abort()
      await reading
      return slowestMs
    },
  }
}

/** The package ends its server with all its data; this is the postmaster itself. */
function processOf({ server }: Awaited<ReturnType<typeof startPostgres>>): ChildProcess {
  return (server as unknown as { process: ChildProcess }).process
}

async function end(postmaster: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = new Promise((resolve) => postmaster.once('exit', resolve))
  postmaster.kill(signal)
  await ended
}
