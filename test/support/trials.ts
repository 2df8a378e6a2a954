/** How often a trial is repeated: HOLDFAST_TRIALS, or the few that every run can afford. */
export function trials(few: number): number {
  const given = process.env.HOLDFAST_TRIALS
  return given === undefined || given === '' ? few : Number(given)
}

/** Whether the large amounts are wanted, which take minutes: HOLDFAST_LARGE. */
export const large = Boolean(process.env.HOLDFAST_LARGE)

/** Prints what was measured, where someone asked for a full count. */
export function report(subject: string, figures: Record<string, unknown>): void {
  if (!large && !process.env.HOLDFAST_TRIALS) return
  process.stdout.write(`${subject}: ${JSON.stringify(figures)}\n`)
}
