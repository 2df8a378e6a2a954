import { h } from './element.ts'

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const withSeconds = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const number = new Intl.NumberFormat()

/** A moment in the reader's own zone; a dash where there is none. */
export function time(at: string | null, format = exact): HTMLElement {
  if (at === null) return h('span', { class: 'quiet' }, '–')
  return h('time', { datetime: at }, format.format(new Date(at)))
}

/** The same to the second. */
export function second(at: string): HTMLElement {
  return time(at, withSeconds)
}

export function count(value: number): string {
  return number.format(value)
}

const units = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** In steps of 1000, as disks are sold. */
export function bytes(value: number): string {
  const step = Math.min(Math.floor(Math.log10(Math.max(value, 1)) / 3), units.length - 1)
  const amount = value / 1000 ** step
  return `${number.format(step === 0 ? amount : Number(amount.toFixed(1)))} ${units[step]}`
}

/** Seconds in words: to the second below two minutes, then to the minute. */
export function wait(seconds: number): string {
  if (seconds < 120) return plural(Math.ceil(seconds), 'second')
  const minutes = Math.ceil(seconds / 60)
  return minutes < 120 ? plural(minutes, 'minute') : plural(Math.ceil(minutes / 60), 'hour')
}

export function plural(amount: number, noun: string): string {
  return `${number.format(amount)} ${noun}${amount === 1 ? '' : 's'}`
}
