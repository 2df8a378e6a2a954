import { median } from './figure.ts'
import { requestText, type Client, type LoadResult } from './load.ts'
import { processorTime } from './processor.ts'
import type { Server } from './server.ts'

/** How long, and how often. */
export interface Pace {
  warmUpSeconds: number
  rounds: number
  roundSeconds: number
  starts: number
}

/** One of the two that are held against each other. */
export interface Subject {
  /** The processes whose time is the figure. */
  pids: number[]
  /** Processes that work for it: PostgreSQL's. Told apart. */
  helpers?: () => Promise<number[]>
  /** Has it work for so long. */
  run: (seconds: number) => Promise<Pick<LoadResult, 'answered' | 'errors' | 'seconds'>>
}

/** Medians over the rounds. */
export interface Sample {
  /** Microseconds of processor time for each answer. */
  processor: number | undefined
  /** The same of the helpers. */
  helpers: number | undefined
  perSecond: number
  errors: number
}

export interface Comparison {
  service: Sample
  limit: Sample
}

/** Has the service and the limit work in turn, several times: what else the machine does falls on both alike. */
export async function compare(options: {
  service: Subject
  limit: Subject
  pace: Pace
}): Promise<Comparison> {
  const { service, limit, pace } = options
  const measured = { service: [] as Sample[], limit: [] as Sample[] }
  for (const subject of [service, limit]) await subject.run(pace.warmUpSeconds)
  for (let round = 0; round < pace.rounds; round += 1) {
    measured.service.push(await sample(service, pace.roundSeconds))
    measured.limit.push(await sample(limit, pace.roundSeconds))
  }
  return { service: middle(measured.service), limit: middle(measured.limit) }
}

async function sample({ pids, helpers, run }: Subject, seconds: number): Promise<Sample> {
  const helping = helpers ? await helpers() : undefined
  const before = [timeOf(pids), timeOf(helping)]
  const { answered, errors, seconds: took } = await run(seconds)
  const after = [timeOf(pids), timeOf(helping)]
  const [processor, ofHelpers] = after.map((time, i) => {
    const began = before[i]
    return time === undefined || began === undefined ? undefined : (time - began) / answered
  })
  return { processor, helpers: ofHelpers, perSecond: answered / took, errors }
}

function timeOf(pids: number[] | undefined): number | undefined {
  if (!pids) return undefined
  const times = pids.map(processorTime)
  return times.reduce(
    (sum, time) => (sum === undefined || time === undefined ? undefined : sum + time),
    0,
  )
}

function middle(samples: Sample[]): Sample {
  return {
    processor: median(samples.map(({ processor }) => processor)),
    helpers: median(samples.map(({ helpers }) => helpers)),
    perSecond: median(samples.map(({ perSecond }) => perSecond)) ?? 0,
    errors: samples.reduce((sum, { errors }) => sum + errors, 0),
  }
}

const connections = 32

/** A server under the load of 32 connections that each send their next request when the last one was answered. */
export function loaded(client: Client, { pid, port }: Server, requests: string[]): Subject {
  return { pids: [pid], run: (seconds) => client.run({ port, connections, seconds, requests }) }
}

export const getText = (path: string) => requestText({ method: 'GET', path })
