import type { Finding } from '../finding.ts'
import { lookAtMigrations } from '../migrations.step.ts'
import { runSteps, type Step } from '../step.ts'
import { compareClocks } from './clock.step.ts'
import type { PostgresContext } from './context.ts'
import { openDatabaseNamed } from './database.step.ts'
import { lookUpHost } from './dns.step.ts'
import { askDurability } from './durability.step.ts'
import { measureLatency } from './latency.step.ts'
import { countConnections } from './limits.step.ts'
import { logIn } from './login.step.ts'
import { lookForPooler } from './pooler.step.ts'
import { lookAtSchema } from './schema.step.ts'
import { recallProvider } from './provider.step.ts'
import { recogniseServer } from './server.step.ts'
import { reach } from './tcp.step.ts'
import { lookAtTls } from './tls.step.ts'
import { askVersion } from './version.step.ts'

const steps: readonly Step<PostgresContext>[] = [
  { name: 'dns', withinMs: 6_000, gate: true, run: lookUpHost },
  { name: 'tcp', withinMs: 8_000, gate: true, run: reach },
  { name: 'server', withinMs: 10_000, gate: true, run: recogniseServer },
  { name: 'tls', withinMs: 6_000, gate: true, run: lookAtTls },
  { name: 'login', withinMs: 11_000, gate: true, run: logIn },
  { name: 'database', withinMs: 5_000, gate: true, run: openDatabaseNamed },
  { name: 'version', withinMs: 3_000, run: askVersion },
  { name: 'schema', withinMs: 3_000, run: lookAtSchema },
  { name: 'pooler', withinMs: 9_000, run: lookForPooler },
  { name: 'limits', withinMs: 3_000, run: countConnections },
  { name: 'latency', withinMs: 5_000, run: measureLatency },
  { name: 'clock', withinMs: 3_000, run: compareClocks },
  { name: 'durability', withinMs: 3_000, run: askDurability },
  { name: 'migrations', withinMs: 10_000, run: lookAtMigrationsAlone },
  { name: 'provider', withinMs: 3_000, run: recallProvider },
]

/** Looks at a PostgreSQL server, from its name to its migrations. */
export async function* lookAtPostgres(
  context: PostgresContext,
  until: number,
): AsyncGenerator<Finding> {
  try {
    yield* runSteps(steps, context, until)
  } finally {
    context.session?.close()
  }
}

/** On the only connection, for there may be no second one. */
function lookAtMigrationsAlone(context: PostgresContext) {
  context.session?.close()
  return lookAtMigrations(context)
}
