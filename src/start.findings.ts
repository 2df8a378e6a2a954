import type { Config } from './config/config.ts'
import type { DatabaseLog } from './database/database.ts'

export type Findings = ReturnType<typeof createFindings>

const withinMs = 15_000

/** Tells the log what `holdfast doctor` finds of a database that the service cannot start on. */
export function createFindings(parts: { config: Config; log: DatabaseLog; signal: AbortSignal }) {
  const { config, log, signal } = parts
  const asked = new Set<string>()
  let last = Promise.resolve()
  let over = false

  async function look(): Promise<void> {
    if (over || signal.aborted) return
    // Loaded by nobody whose database is there.
    const { diagnose } = await import('./doctor/diagnose.ts')
    const { target, database, platform } = config
    for await (const finding of diagnose(target, { database, platform, withinMs })) {
      if (over || signal.aborted) return
      const { step, ok, says, ...rest } = finding
      if (ok) log.info({ step, ok, ...rest }, `doctor: ${step}: ${says}`)
      else log.warn({ step, ok, ...rest }, `doctor: ${step}: ${says}`)
    }
  }

  return {
    /** Looks once for each reason, one after the other. Resolves when the findings are told; raises nothing. */
    tell(reason: string): Promise<void> {
      if (asked.has(reason)) return last
      asked.add(reason)
      last = last.then(look).catch((error: unknown) => {
        // By its name alone: its text may hold an address.
        const name = error instanceof Error ? error.name : 'error'
        log.warn({ error: name }, 'doctor: the database could not be looked at')
      })
      return last
    },

    /** There is nothing to find any more. */
    end: () => void (over = true),
  }
}
