import type { Findings } from '../step.ts'
import { sessionOf, type PostgresContext } from './context.ts'

const rounds = 9
const slowMs = 50

/** How long the simplest question takes: the median of some. */
export async function measureLatency(context: PostgresContext): Promise<Findings> {
  const session = sessionOf(context)
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now()
    await session.ask('select 1')
    times.push(performance.now() - startedAt)
  }
  const median = times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0
  const says = `${median.toFixed(1)} ms for a statement (median of ${rounds}).`
  if (median < slowMs) return { ok: true, says }
  return {
    ok: true,
    says,
    remedy:
      'Put the service and the database into the same region: every request pays this several times.',
  }
}
