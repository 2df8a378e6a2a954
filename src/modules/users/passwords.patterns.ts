/** Keys and letters as they follow each other, on keyboards and in the alphabet. */
const rows = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertzuiop',
  'azertyuiop',
  'qsdfghjklm',
  'yxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  'qazwsxedcrfvtgbyhnujmikolp',
  '!@#$%^&*()',
]

const steps = new Set(
  rows.flatMap((row) =>
    Array.from(row)
      .slice(1)
      .flatMap((key, i) => [`${row[i]}${key}`, `${key}${row[i]}`]),
  ),
)

/** Tells whether a text is a piece of at most eight characters over and over, the last one perhaps cut. */
export function isRepeated(text: string): boolean {
  const longest = Math.min(8, Math.floor(text.length / 2))
  for (let length = 1; length <= longest; length++) {
    const piece = text.slice(0, length)
    if (piece.repeat(Math.ceil(text.length / length)).startsWith(text)) return true
  }
  return false
}

/** Tells whether a text is made of rows of keys, forth, back or on one key, of three and more on average. */
export function isSequence(text: string): boolean {
  let runs = 1
  for (let i = 1; i < text.length; i++) {
    const step = text.slice(i - 1, i + 1)
    if (step[0] !== step[1] && !steps.has(step)) runs++
  }
  return runs * 3 <= text.length
}
