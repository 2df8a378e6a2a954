import { backendsOf } from '../backends.ts'
import type { Bench } from '../bench.ts'
import { compare, loaded } from '../compare.ts'
import type { Engine } from '../databases.ts'
import type { Figure, Goal } from '../figure.ts'
import { requestText, withLoad } from '../load.ts'
import { service, startServer, type Server } from '../server.ts'
import { processorTimes, specCount } from './read.ts'

export interface GrownRow {
  row: string
  engine: Engine
  what: string
  /** How many specs it has grown to. */
  count: number
  /** What is asked of a database of so many; the server can be asked where to begin. */
  paths: (count: number, server: Server) => string[] | Promise<string[]>
  goal: Goal
}

/**
 * Measures the service with many specs against itself with 10,000. For PostgreSQL a second figure tells what the
 * processes of the server itself took, where they run here.
 */
export async function measureGrown(bench: Bench, grown: GrownRow): Promise<Figure[]> {
  const { row, engine, what, goal, count } = grown
  const many = await startOn(bench, grown, count)
  const few = await startOn(bench, grown, specCount)
  try {
    const measured = await withLoad(async (client) => {
      const [service, limit] = [many, few].map(({ server, requests, helpers }) => ({
        ...loaded(client, server, requests),
        ...(helpers && { helpers }),
      }))
      if (!service || !limit) throw new Error('a service is missing')
      return compare({ service, limit, pace: bench.pace })
    })
    const of = `${what}, ${specCount.toLocaleString('en')} → ${count.toLocaleString('en')}`
    const { service, limit } = measured
    const figure = { row, engine, what: of, goal, ...processorTimes(measured) }
    if (!many.helpers) return [figure]
    const own = { unit: 'µs of PostgreSQL’s own', figure: service.helpers, limit: limit.helpers }
    return [figure, { row, engine, what: of, goal, ...own }]
  } finally {
    await Promise.all([many.server.stop(), few.server.stop()])
  }
}

async function startOn({ databases }: Bench, { engine, paths }: GrownRow, count: number) {
  const place = await databases.shared(engine, count)
  const environment = { ...place }
  const server = await startServer({ program: service, environment, readyPath: '/health/ready' })
  const asked = await paths(count, server)
  const requests = asked.map((path) => requestText({ method: 'GET', path }))
  return { server, requests, helpers: backendsOf(place) }
}
