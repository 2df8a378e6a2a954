import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { compare, loaded, type Comparison } from '../compare.ts'
import type { Engine } from '../databases.ts'
import type { Figure, Goal } from '../figure.ts'
import { requestText, withLoad } from '../load.ts'
import { assertSameAnswers } from '../same-answers.ts'
import { root, service, startServer } from '../server.ts'

/** How many specs the rows read from, unless they say. */
export const specCount = 10_000

export interface ReadRow {
  row: string
  engine: Engine
  what: string
  /** A program of limits/. */
  limit: string
  paths: string[]
  headers?: Record<string, string>
  goal: Goal
}

/** Measures a route that reads against a limit program on the same database. */
export async function measureRead(bench: Bench, row: ReadRow): Promise<Figure> {
  const { engine, what, goal, paths, headers = {} } = row
  const environment = await bench.databases.shared(engine, specCount)
  const ours = await startServer({ program: service, environment, readyPath: '/health/ready' })
  const program = [join(root, 'bench/limits', row.limit)]
  const theirs = await startServer({ program, environment, readyPath: paths[0] as string })
  try {
    await assertSameAnswers(ours, theirs, paths.slice(0, 20))
    const requests = paths.map((path) => requestText({ method: 'GET', path, headers }))
    const measured = await withLoad((client) =>
      compare({
        service: loaded(client, ours, requests),
        limit: loaded(client, theirs, requests),
        pace: bench.pace,
      }),
    )
    return { row: row.row, engine, what, goal, ...processorTimes(measured) }
  } finally {
    await Promise.all([ours.stop(), theirs.stop()])
  }
}

/** What a figure of processor time says of a comparison. */
export function processorTimes({
  service,
  limit,
}: Comparison): Pick<Figure, 'unit' | 'figure' | 'limit' | 'requests'> {
  return {
    unit: 'µs of processor time a request',
    figure: service.processor,
    limit: limit.processor,
    requests: {
      perSecond: service.perSecond,
      limitPerSecond: limit.perSecond,
      errors: service.errors + limit.errors,
    },
  }
}
