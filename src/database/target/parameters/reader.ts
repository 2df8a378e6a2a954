import type { Reading } from './parameters.ts'

/** Takes the value of a parameter into the reading, or warns; `name` is fit to be told. Raises `TargetError`. */
export type Read = (reading: Reading, value: string, name: string) => void

export function warnIgnored({ warnings }: Reading, name: string, expected: string): void {
  warnings.push(`The parameter ${name} is ignored: it should be ${expected}.`)
}

export function wholeNumber(value: string): number {
  return /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
}
