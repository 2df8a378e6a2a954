import type { Bench } from '../bench.ts'
import type { Engine } from '../databases.ts'
import { percentile, type Figure } from '../figure.ts'
import { requestText, withLoad } from '../load.ts'
import { service, startServer } from '../server.ts'
import { everywhere, searches } from '../specs.data.ts'
import { measureGrown } from './grown.ts'

const count = 100_000
const what = 'GET /api/specs?q=, the mix'
const pathsOf = (words: string[]) => words.map((q) => `/api/specs?q=${encodeURIComponent(q)}`)

/** P13: searching, against itself with fewer specs; and how long the slowest answers take. */
export async function search(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const engine of ['sqlite', 'postgres'] as const) {
    const paths = (specs: number) => pathsOf(searches(specs))
    const goal = { ratioAtMost: 2 }
    figures.push(
      ...(await measureGrown(bench, { row: 'P13', engine, what, count, paths, goal })),
      ...(await latencies(bench, engine)),
    )
  }
  return figures
}

/** As the client sees them, of four that ask at most fifty times a second each. */
async function latencies({ databases, pace }: Bench, engine: Engine): Promise<Figure[]> {
  const environment = { ...(await databases.shared(engine, count)) }
  const server = await startServer({ program: service, environment, readyPath: '/health/ready' })
  const load = { port: server.port, connections: 4, pauseMs: 20 }
  const seconds = pace.rounds * pace.roundSeconds
  const measure = (words: string[]) => {
    const requests = pathsOf(words).map((path) => requestText({ method: 'GET', path }))
    return withLoad(async (client) => {
      await client.run({ ...load, requests, seconds: pace.warmUpSeconds })
      return client.run({ ...load, requests, seconds })
    })
  }
  try {
    const mix = await measure(searches(count))
    const worst = await measure([everywhere])
    const { answered, errors } = mix
    const requests = { perSecond: answered / mix.seconds, errors }
    const row = 'P13'
    const none = { none: true } as const
    return [
      {
        row,
        engine,
        what: `${what}, ${count.toLocaleString('en')}`,
        unit: 'ms, p99',
        figure: percentile(mix.latencies, 0.99),
        goal: { atMost: 25 },
        requests,
      },
      {
        row,
        engine,
        what: `${what}, ${count.toLocaleString('en')}`,
        unit: 'ms, median',
        figure: percentile(mix.latencies, 0.5),
        goal: none,
      },
      {
        row,
        engine,
        what: 'the word that all have: the worst',
        unit: 'ms, p99',
        figure: percentile(worst.latencies, 0.99),
        goal: none,
      },
    ]
  } finally {
    await server.stop()
  }
}
