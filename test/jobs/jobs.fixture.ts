import { setTimeout as pause } from 'node:timers/promises'
import type { Job } from '../../src/jobs/job.ts'

/** A job of so many steps, which tells of each; `pauseMs` lies between two. */
export function jobOf(steps: number, onStep: (step: number) => void, pauseMs = 0): Job {
  return async ({ step, signal, deadline }) => {
    for (let n = 0; n < steps; n += 1) {
      if (signal.aborted || performance.now() > deadline) {
        return { outcome: 'unfinished', details: { steps: n } }
      }
      await step(() => Promise.resolve())
      onStep(n)
      await pause(pauseMs)
    }
    return { outcome: 'done', details: { steps } }
  }
}

export const unhurried = { budgetMs: 60_000, signal: new AbortController().signal }
