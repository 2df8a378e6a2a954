import type { Findings } from '../step.ts'
import { sessionOf, type PostgresContext } from './context.ts'

/** Instances are assumed within a minute of each other. */
const allowedMs = 60_000

/** The server's clock against this machine's. */
export async function compareClocks(context: PostgresContext): Promise<Findings> {
  const before = Date.now()
  const [row] = await sessionOf(context).ask(
    'select extract(epoch from clock_timestamp())::float8 * 1000',
  )
  const here = (before + Date.now()) / 2
  const seconds = (Number(row?.[0]) - here) / 1000
  const says = `the clocks are ${Math.abs(seconds).toFixed(1)} s apart.`
  if (Math.abs(seconds) * 1000 <= allowedMs) return { ok: true, says }
  return {
    ok: false,
    says: `the clock of the server is ${Math.abs(seconds).toFixed(0)} s ${seconds > 0 ? 'ahead of' : 'behind'} this machine's.`,
    remedy:
      'Let both take their time from the network (NTP); sessions and times of announcements go by it.',
  }
}
