import type { Findings } from '../step.ts'
import { sessionOf, type PostgresContext } from './context.ts'

/** Whether the server keeps what it has acknowledged. */
export async function askDurability(context: PostgresContext): Promise<Findings> {
  const [row] = await sessionOf(context).ask(
    `select current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')`,
  )
  const [fsync, fullPageWrites, synchronousCommit] = (row ?? []).map(String)
  const says = `fsync ${fsync}, full_page_writes ${fullPageWrites}, synchronous_commit ${synchronousCommit}`
  const off = Object.entries({ fsync, full_page_writes: fullPageWrites })
  const [weak] = off.find(([, value]) => value !== 'on') ?? []
  if (weak !== undefined) {
    return {
      ok: false,
      says: `${says}: a crash of the server can lose or damage what it has acknowledged.`,
      remedy:
        'Let a superuser run the statement, then reload the server (select pg_reload_conf()).',
      statement: `alter system set ${weak} = on`,
    }
  }
  const asked = synchronousCommit === 'on' || synchronousCommit === 'remote_apply'
  return { ok: true, says: asked ? `${says}.` : `${says}; the service asks for "on" itself.` }
}
