import { isReached, ratioOf, type Figure, type Goal } from './figure.ts'

const headings = [
  'row',
  'engine',
  'what',
  'figure',
  'limit',
  'ratio',
  'goal',
  'reached',
  'requests/s',
]

/** The figures as a table of text. */
export function tableOf(figures: Figure[]): string {
  const lines = [headings, ...figures.map(cellsOf)]
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  const text = lines.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  )
  text.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '))
  return `${text.join('\n')}\n`
}

function cellsOf(figure: Figure): string[] {
  const { row, engine, what, unit, limit, goal, requests } = figure
  const ratio = ratioOf(figure)
  return [
    row,
    engine,
    `${what}: ${unit}`,
    figure.figure === undefined ? 'not measured' : shown(figure.figure),
    limit === undefined ? '' : shown(limit),
    ratio === undefined ? '' : `${ratio.toFixed(2)} ×`,
    goalText(goal),
    reachedText(isReached(figure)),
    requests ? requestsText(requests) : '',
  ]
}

function shown(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en')
  return value >= 10 ? value.toFixed(1) : value.toFixed(3)
}

function goalText(goal: Goal): string {
  if ('ratioAtMost' in goal) return `≤ ${goal.ratioAtMost} ×`
  if ('ratioAtLeast' in goal) return `≥ ${goal.ratioAtLeast} ×`
  return 'atMost' in goal ? `≤ ${goal.atMost}` : ''
}

function reachedText(reached: boolean | undefined): string {
  if (reached === undefined) return ''
  return reached ? 'yes' : 'NO'
}

function requestsText({ perSecond, limitPerSecond, errors }: NonNullable<Figure['requests']>) {
  const limit = limitPerSecond === undefined ? '' : ` (limit ${shown(limitPerSecond)})`
  return `${shown(perSecond)}${limit}, ${errors} errors`
}
