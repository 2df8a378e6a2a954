import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { createClient } from '../support/client.ts'
import { freePort } from '../support/postgres.setup.ts'
import { startProcess } from '../support/process.ts'
import { startWriters } from '../support/writers.ts'

/** A service that is killed so many times under 16 writers with keys, each time at another moment of its life. */
export async function killUnderWriters(environment: Record<string, string>, kills: number) {
  const port = await freePort()
  const start = () => startProcess(environment, { port })
  let service = await start()
  const readyMs = [await service.ready()]
  const client = createClient(service.origin)
  const token = await service.login()
  const writers = startWriters({ client, token, count: 16 })

  for (let kill = 0; kill < kills; kill += 1) {
    await pause(50 + Math.random() * 750)
    expect(await service.kill()).toEqual({ code: null, signal: 'SIGKILL' })
    service = await start()
    readyMs.push(await service.ready())
  }
  await writers.stop()
  await service.kill()
  client.close()

  const { history } = writers
  expect(history.length).toBeGreaterThan(kills * 20)
  expect(history.filter(({ outcome }) => outcome !== 'ok')).toEqual([])
  return {
    history,
    figures: {
      kills,
      operations: history.length,
      statuses: Object.fromEntries(writers.statuses),
      slowestReadyMs: Math.round(Math.max(...readyMs)),
      slowestAttemptMs: Math.round(writers.slowestMs()),
    },
  }
}
