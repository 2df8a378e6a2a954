import { isDeepStrictEqual } from 'node:util'
import { median } from './figure.ts'
import { requestText, startLoad, type Load } from './load.ts'
import { processorTime } from './processor.ts'
import type { Server } from './server.ts'

/** How long, and how often. */
export interface Pace {
  warmUpSeconds: number
  rounds: number
  roundSeconds: number
  starts: number
}

/** Medians over the rounds. */
export interface Sample {
  /** Microseconds of the server's processor time for each answer. */
  processor: number | undefined
  perSecond: number
  errors: number
}

const connections = 32

/** Loads the service and the limit in turn, several times: what else the machine does falls on both alike. */
export async function compare(options: {
  service: Server
  limit: Server
  requests: string[]
  pace: Pace
}): Promise<{ service: Sample; limit: Sample }> {
  const { service, limit, requests, pace } = options
  const load = startLoad()
  const measured = { service: [] as Sample[], limit: [] as Sample[] }
  try {
    for (const { port } of [service, limit]) {
      await load.run({ port, connections, seconds: pace.warmUpSeconds, requests })
    }
    for (let round = 0; round < pace.rounds; round += 1) {
      const seconds = pace.roundSeconds
      measured.service.push(await sample(load, service, { connections, seconds, requests }))
      measured.limit.push(await sample(load, limit, { connections, seconds, requests }))
    }
  } finally {
    load.stop()
  }
  return { service: middle(measured.service), limit: middle(measured.limit) }
}

async function sample(
  load: ReturnType<typeof startLoad>,
  { pid, port }: Server,
  work: Omit<Load, 'port'>,
): Promise<Sample> {
  const before = processorTime(pid)
  const { answered, errors, seconds } = await load.run({ port, ...work })
  const after = processorTime(pid)
  const spent = before === undefined || after === undefined ? undefined : after - before
  return {
    processor: spent === undefined ? undefined : spent / answered,
    perSecond: answered / seconds,
    errors,
  }
}

function middle(samples: Sample[]): Sample {
  return {
    processor: median(samples.map(({ processor }) => processor)),
    perSecond: median(samples.map(({ perSecond }) => perSecond)) ?? 0,
    errors: samples.reduce((sum, { errors }) => sum + errors, 0),
  }
}

/** Raises when the two do not give the same: then they would not have done the same work. */
export async function assertSameAnswers(service: Server, limit: Server, paths: string[]) {
  for (const path of paths) {
    const [ours, theirs] = await Promise.all([read(service, path), read(limit, path)])
    if (!isDeepStrictEqual(ours, theirs)) {
      throw new Error(`${path}: the limit program answers otherwise than the service`)
    }
  }
}

async function read({ port }: Server, path: string): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`)
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`)
  return answer.json()
}

export const getText = (path: string) => requestText({ method: 'GET', path })
