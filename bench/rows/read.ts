import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { assertSameAnswers, compare, getText } from '../compare.ts'
import type { Engine } from '../databases.ts'
import type { Figure, Goal } from '../figure.ts'
import { root, service, startServer } from '../server.ts'

export interface ReadRow {
  row: string
  engine: Engine
  what: string
  /** A program of limits/. */
  limit: string
  paths: string[]
  goal: Goal
}

/** Measures a route that reads against a limit program on the same database. */
export async function measureRead(bench: Bench, row: ReadRow): Promise<Figure> {
  const { pace, databases } = bench
  const environment = await databases.shared(row.engine)
  const ours = await startServer({ program: service, environment, readyPath: '/health/ready' })
  const program = [join(root, 'bench/limits', row.limit)]
  const theirs = await startServer({ program, environment, readyPath: row.paths[0] as string })
  try {
    await assertSameAnswers(ours, theirs, row.paths.slice(0, 20))
    const requests = row.paths.map(getText)
    const { service, limit } = await compare({ service: ours, limit: theirs, requests, pace })
    return {
      row: row.row,
      engine: row.engine,
      what: row.what,
      unit: 'µs of processor time a request',
      figure: service.processor,
      limit: limit.processor,
      goal: row.goal,
      requests: {
        perSecond: service.perSecond,
        limitPerSecond: limit.perSecond,
        errors: service.errors + limit.errors,
      },
    }
  } finally {
    await Promise.all([ours.stop(), theirs.stop()])
  }
}
