import { countsOf, lineOf, totalsOf } from './push.report.ts'
import type { Outcome } from './spec.upload.ts'
import { columnsOf, endOf, oneLine } from './text.ts'

export interface ProgressOutput {
  write: (text: string) => unknown
  isTTY?: boolean
  columns?: number
}

export interface ProgressOptions {
  output: ProgressOutput
  total: number
  color: boolean
  redraws: boolean
}

const widestBar = 30
const redrawMs = 100
const clearLine = '\r\u001B[K'
const red = ['\u001B[31m', '\u001B[39m'] as const

/** Tells how far it is: a bar that is drawn over itself on a terminal, elsewhere a line for each file. */
export function createProgress({ output, total, color, redraws }: ProgressOptions) {
  const outcomes: Outcome[] = []
  const bars = output.isTTY === true && redraws
  let current = ''
  let drawnAt = -Infinity

  function draw() {
    const now = performance.now()
    if (!bars || now - drawnAt < redrawMs) return
    drawnAt = now
    const columns = output.columns ?? 80
    output.write(clearLine + barOf({ outcomes, total, current, columns }))
  }

  /** Above the bar, which is drawn again below. */
  function tell(line: string, isBad = false) {
    const [on, off] = isBad && color && bars ? red : ['', '']
    output.write(`${bars ? clearLine : ''}${on}${line}${off}\n`)
    drawnAt = -Infinity
    draw()
  }

  return {
    start(path: string) {
      current = path
      draw()
    },
    add(outcome: Outcome) {
      outcomes.push(outcome)
      const isBad = outcome.fate === 'refused' || outcome.fate === 'failed'
      if (!bars) tell(`${outcomes.length}/${total} ${lineOf(outcome)}`)
      else if (isBad) tell(lineOf(outcome), isBad)
      else draw()
    },
    say: (sentence: string) => tell(sentence),
    /** Takes the bar away. */
    end() {
      if (bars) output.write(clearLine)
    },
  }
}

/** The bar, a column narrower than the terminal: a full line would break on some. */
export function barOf(given: {
  outcomes: readonly Outcome[]
  total: number
  current: string
  columns: number
}): string {
  const { outcomes, total, current, columns } = given
  const done = outcomes.length
  const count = `${done}/${total}`
  const length = Math.min(widestBar, columns - count.length - 4)
  if (length < 5) return endOf(count, columns - 1)
  const filled = total === 0 ? length : Math.floor((done / total) * length)
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(length - filled)}] ${count}`
  const counts = countsOf(totalsOf(outcomes))
  const told = counts === '' ? bar : `${bar}  ${counts}`
  const line = columnsOf(told) < columns ? told : bar
  const room = columns - 1 - columnsOf(line) - 2
  return room < 5 ? line : `${line}  ${endOf(oneLine(current), room)}`
}
