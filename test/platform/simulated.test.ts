import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../support/client.ts'
import { createPostgres } from '../support/databases.ts'
import { clean, judge } from '../support/history.ts'
import { startProcess, type ServiceProcess } from '../support/process.ts'
import { clientOf, startApp } from '../support/service.ts'
import { report, trials } from '../support/trials.ts'
import { startWriters } from '../support/writers.ts'
import { engines } from '../faults/engines.fixture.ts'
import { instanceDisk, mountDisk, platforms } from './platforms.fixture.ts'
import { startRouter } from './router.fixture.ts'

const deploys = trials(3)
/** Platforms leave the old instance for a minute beside the new one; what matters is that both serve. */
const overlapMs = 500
const { rows } = engines.find(({ engine }) => engine === 'postgres')!

describe.each(platforms)('on $label', ({ platform, label, remedy, publicUrl, variables }) => {
  describe('with PostgreSQL', () => {
    it(
      'nothing is lost, and nobody is refused, while instances replace each other and their disks are wiped',
      { timeout: 60_000 + deploys * 10_000 },
      async () => {
        const { url } = await createPostgres()
        const deploy = async () => {
          const disk = instanceDisk()
          const service = await startProcess({
            ...variables,
            DATABASE_URL: url,
            SQLITE_PATH: join(disk.data, 'holdfast.db'),
          })
          return { service, disk }
        }
        let old = await deploy()
        await healthy(old.service)
        const { instanceId } = (await old.service.call('GET', '/health')).json
        const router = await startRouter(old.service.port)
        const client = createClient(router.origin)
        const writers = startWriters({ client, token: await old.service.login(), count: 8 })

        for (let n = 0; n < deploys; n += 1) {
          await pause(300)
          const next = await deploy()
          await healthy(next.service)
          router.switchTo(next.service.port)
          await pause(overlapMs)
          expect(await old.service.stop()).toEqual({ code: 0, signal: null })
          expect(readdirSync(old.disk.data)).toEqual([])
          old.disk.remove()
          old = next
        }
        await pause(300)
        await writers.stop()

        const { history } = writers
        const verdict = judge(history, await rows(url))
        const { json } = await old.service.call('GET', '/health')
        report(`deploys on ${platform}`, {
          deploys,
          operations: history.length,
          statuses: Object.fromEntries(writers.statuses),
          unanswered: router.unanswered(),
          ...verdict,
        })
        expect(verdict).toEqual(clean)
        expect(history.length).toBeGreaterThan(deploys * 20)
        expect([...writers.statuses.keys()].filter((status) => Number(status) >= 500)).toEqual([])
        expect(json).toMatchObject({ instanceId, storage: { durability: 'durable' } })
        client.close()
        await router.close()
        await old.service.stop()
        old.disk.remove()
      },
    )

    it('an instance that is gone with its disk is followed by one that knows everything', async () => {
      const { url } = await createPostgres()
      const disk = instanceDisk()
      const SQLITE_PATH = join(disk.data, 'holdfast.db')
      const first = await startProcess({ ...variables, DATABASE_URL: url, SQLITE_PATH })
      await first.ready()
      const as = await first.login()
      const body = { title: 'kept', body: '' }
      expect((await first.call('POST', '/api/announcements', { as, body })).status).toBe(201)
      await first.kill()
      disk.wipe()

      const second = await startProcess({ ...variables, DATABASE_URL: url, SQLITE_PATH })
      await second.ready()
      expect((await second.call('GET', '/api/announcements')).json.items).toHaveLength(1)
      expect((await second.call('GET', '/api/me', { as })).status).toBe(200)
      await second.stop()
      disk.remove()
    })
  })

  describe('with SQLite on the disk of the instance', () => {
    const disk = instanceDisk()
    const settings = { ...variables, SQLITE_PATH: join(disk.data, 'holdfast.db') }
    afterAll(() => disk.remove())

    it('the start is refused with 78 and the remedies, and nothing is made', async () => {
      const service = await startProcess(settings)
      expect((await service.exited).code).toBe(78)
      const output = service.output()
      expect(output).toContain(`${label} wipes this disk`)
      expect(output).toMatch(remedy)
      expect(output).toMatch(/DATABASE_URL: .*PostgreSQL.*ALLOW_EPHEMERAL_SQLITE=1/)
      expect(readdirSync(disk.data)).toEqual([])
    })

    it('it starts where that is allowed, says so everywhere, and loses everything, as it says', async () => {
      const allowed = { ...settings, ALLOW_EPHEMERAL_SQLITE: '1' }
      const first = await startProcess(allowed)
      await first.ready()
      expect(first.output()).toContain(
        `what is stored here does not last: ${label} wipes this disk`,
      )
      const { status, json } = await first.call('GET', '/health')
      expect([status, json.status, json.storage.durability]).toEqual([200, 'degraded', 'ephemeral'])
      const as = await first.login()
      const body = { title: 'lost', body: '' }
      const written = await first.call('POST', '/api/announcements', { as, body })
      expect([written.status, written.headers.warning]).toEqual([
        201,
        `299 - "What is stored here does not last: ${label} wipes this disk whenever it replaces the instance."`,
      ])
      const refused = await first.call('DELETE', '/api/announcements/none', { as })
      expect([refused.status >= 400, refused.headers.warning]).toEqual([
        true,
        written.headers.warning,
      ])
      expect((await first.call('GET', '/api/announcements')).headers).not.toHaveProperty('warning')
      await first.stop()
      disk.wipe()

      const second = await startProcess(allowed)
      await second.ready()
      expect((await second.call('GET', '/api/announcements')).json.items).toEqual([])
      await second.stop()
    })
  })

  describe('with SQLite on a disk of its own', () => {
    const instance = instanceDisk()
    const settings = { ...variables, SQLITE_PATH: join(instance.data, 'holdfast.db') }
    let unmount: (() => void) | undefined

    beforeAll(() => {
      unmount = mountDisk(instance.data)
    })
    afterAll(() => {
      unmount?.()
      instance.remove()
    })

    /** A process where a disk could be mounted; else the application, told of one. */
    const start = async () => {
      if (!unmount) {
        const mounts = [{ point: instance.data, type: 'ext4', root: '/' }]
        const app = await startApp(settings, mounts)
        await app.started
        return { ...clientOf(app), stop: () => app.close() }
      }
      const service = await startProcess(settings)
      await service.ready()
      return service
    }

    it('it starts, is local, and keeps what it has, from instance to instance', async () => {
      const first = await start()
      const { json } = await first.call('GET', '/health')
      expect([json.status, json.storage.durability]).toEqual(['healthy', 'local'])
      const as = await first.login()
      const body = { title: 'kept', body: '' }
      const written = await first.call('POST', '/api/announcements', { as, body })
      expect([written.status, written.headers.warning]).toEqual([201, undefined])
      await first.stop()

      const second = await start()
      expect((await second.call('GET', '/api/announcements')).json.items).toHaveLength(1)
      const detail = await second.call('GET', '/api/ops/health', { as })
      expect(detail.json).toMatchObject({ platform, notices: [] })
      await second.stop()
      expect(existsSync(settings.SQLITE_PATH)).toBe(true)
    })
  })

  it('the port of the platform is listened on, on every address, and its own address is told', async () => {
    const { url } = await createPostgres()
    const service = await startProcess({
      ...variables,
      DATABASE_URL: url,
      HOST: '',
      LOG_LEVEL: 'info',
    })
    await service.ready()
    expect(service.output()).toMatch(/http:\/\/(?:0\.0\.0\.0|\d+\.\d+\.\d+\.\d+):\d+/)
    expect(service.output()).toContain(`${publicUrl}/docs`)
    expect(await service.stop()).toEqual({ code: 0, signal: null })
  })
})

/** As the platform asks, before it sends traffic. */
async function healthy(service: ServiceProcess): Promise<void> {
  await expect
    .poll(
      async () => {
        const answer = await service.call('GET', '/health').catch(() => undefined)
        return answer?.status
      },
      { timeout: 20_000, interval: 20 },
    )
    .toBe(200)
}
