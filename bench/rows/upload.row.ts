import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { compare, loaded, type Subject } from '../compare.ts'
import { editorToken } from '../data.ts'
import type { Engine } from '../databases.ts'
import type { Figure } from '../figure.ts'
import { bearing, requestText, withLoad, type LoadResult } from '../load.ts'
import { cleanEnvironment, root, service, startServer } from '../server.ts'
import { uploadDocument } from '../upload.document.ts'
import { processorTimes, specCount } from './read.ts'

/** P6: uploads of new documents of 40 kB, each a new spec, on both engines. */
export async function uploadOnBoth(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const engine of ['sqlite', 'postgres'] as const) figures.push(await upload(bench, engine))
  return figures
}

async function upload({ databases, pace }: Bench, engine: Engine): Promise<Figure> {
  const [environment, place] = [
    await databases.create(engine, { specs: specCount }),
    await databases.create(engine, { specs: specCount }),
  ]
  const ours = await startServer({ program: service, environment, readyPath: '/health/ready' })
  const theirs = startLoop(`upload.${engine}.ts`, place)
  const path = '/api/specs'
  const body = uploadDocument()
  const request = requestText({ method: 'POST', path, headers: bearing(editorToken), body })
  try {
    const measured = await withLoad((client) =>
      compare({ service: loaded(client, ours, [request]), limit: theirs, pace }),
    )
    return {
      row: 'P6',
      engine,
      what: 'POST /api/specs, 40 kB',
      ...processorTimes(measured),
      unit: 'µs of processor time an upload',
      goal: { ratioAtMost: 2 },
    }
  } finally {
    theirs.stop()
    await ours.stop()
  }
}

/** Starts a limit program that is no server, and works when it is told to. */
function startLoop(limit: string, place: Record<string, string>): Subject & { stop: () => void } {
  const env = { ...cleanEnvironment(), ...place }
  const child = fork(join(root, 'bench/limits', limit), { env })
  return {
    pids: [child.pid as number],
    run(seconds) {
      return new Promise((resolve, reject) => {
        const fail = () => reject(new Error(`${limit} ended`))
        child.once('exit', fail)
        child.once('message', (result) => {
          child.off('exit', fail)
          resolve(result as LoadResult)
        })
        child.send(seconds)
      })
    },
    stop: () => void child.kill(),
  }
}
