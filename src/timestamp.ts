const daysOfMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Tells whether it is the one way to write a time of the years 1 to 9999: UTC, with milliseconds. */
export function isTimestamp(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text)) return false
  const year = Number(text.slice(0, 4))
  const month = numberAt(text, 5)
  const day = numberAt(text, 8)
  if (year === 0 || day === 0 || day > (daysOfMonth[month - 1] ?? 0)) return false
  if (month === 2 && day === 29 && !isLeapYear(year)) return false
  return numberAt(text, 11) < 24 && numberAt(text, 14) < 60 && numberAt(text, 17) < 60
}

function numberAt(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}
