import { databaseErrorIn } from '../database/database.errors.ts'
import type { Finding, StepName } from './finding.ts'

/** One thing to look at. */
export interface Step<Context> {
  name: StepName
  /** Milliseconds after which it is given up. */
  withinMs: number
  /** Nothing after it can be looked at when it fails. */
  gate?: true
  run: (context: Context) => Promise<Findings>
}

/** What a step gives: its name is added. */
export type Findings = Omit<Finding, 'step' | 'leftOut'>

/**
 * Runs the steps one after the other, up to the first gate that fails, and no longer than until then on the clock of
 * `performance.now()`. A step that fails in a way of its own, by an error with a code, is told as failed.
 */
export async function* runSteps<Context>(
  steps: readonly Step<Context>[],
  context: Context,
  until: number,
): AsyncGenerator<Finding> {
  for (const [index, step] of steps.entries()) {
    const left = until - performance.now()
    const found = left >= leastMs ? await inTime(step, context, left) : noTimeLeft
    const others = steps.slice(index + 1).map(({ name }) => name)
    const ends = !found.ok && (step.gate === true || found === noTimeLeft) && others.length > 0
    yield { step: step.name, ...found, ...(ends && { leftOut: others }) }
    if (ends) return
  }
}

/** Timers may come a little early. */
const leastMs = 5

const noTimeLeft: Findings = {
  ok: false,
  away: true,
  says: 'not looked at: everything before it took too long.',
  remedy: 'Try again when the database answers faster.',
}

async function inTime<Context>(
  step: Step<Context>,
  context: Context,
  left: number,
): Promise<Findings> {
  const ms = Math.min(step.withinMs, left)
  let timer: NodeJS.Timeout | undefined
  const expiry = new Promise<Findings>((resolve) => {
    timer = setTimeout(() => resolve(late(ms)), ms)
  })
  try {
    return await Promise.race([step.run(context), expiry])
  } catch (error) {
    return failed(error)
  } finally {
    clearTimeout(timer)
  }
}

function late(ms: number): Findings {
  return {
    ok: false,
    away: true,
    says: `gave no answer within ${Math.ceil(ms / 1000)} seconds.`,
    remedy: 'Try again; when it stays so, look at what the server or a pooler before it is doing.',
  }
}

/** Without the text of a driver, which may hold values. What has no code is a mistake of ours, and raised. */
function failed(error: unknown): Findings {
  const known = databaseErrorIn(error)
  if (known) {
    const away = ['unavailable', 'busy', 'timeout', 'frozen'].includes(known.kind)
    const says = `could not be looked at: ${known.message}.`
    return { ok: false, ...(away && { away: true as const }), says, remedy: tryAgain }
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (typeof code !== 'string') throw error
  return { ok: false, says: `could not be looked at (${code}).`, remedy: tryAgain }
}

const tryAgain = 'Try again; when it stays so, look at the log of the server for this moment.'
