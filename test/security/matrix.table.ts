import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A line of the table: what a route answers. */
export interface Line {
  /** As `GET /api/specs/:slug`. */
  route: string
  /** What it takes an object for, and the states that one is asked in; of a route without one, a single state. */
  kind: string | undefined
  states: string[]
  /** What an API token needs, or `public`, `any`, `session`. */
  scope: string
  /** The variable of the environment whose value is a token for this route; as the scope too where nothing else is. */
  opener: string | undefined
  /** By who asks: a status for each state; undefined where it is not asked. */
  cells: Record<Column, (number | undefined)[]>
}

const columns = ['guest', 'member', 'editor', 'admin'] as const
export type Column = (typeof columns)[number]

/** The lines of matrix.table.md. Raises on one that does not have a status for each state. */
export function readTable(): Line[] {
  const text = readFileSync(join(import.meta.dirname, 'matrix.table.md'), 'utf8')
  return text.split(/^## /m).slice(1).flatMap(linesOf)
}

function linesOf(section: string): Line[] {
  const [heading = '', ...rest] = section.split('\n')
  const [kind = '', states] = heading.split(':')
  const place =
    states === undefined
      ? { kind: undefined, states: [''] }
      : { kind, states: states.split(',').map((name) => name.trim()) }
  return rest.filter((row) => /^\| [A-Z]+ \//.test(row)).map((row) => lineOf(row, place))
}

function lineOf(row: string, place: Pick<Line, 'kind' | 'states'>): Line {
  const [route = '', scopes = '', ...cells] = row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
  const [scope = '', other] = scopes.split(' or ')
  const opener = scope.endsWith('_TOKEN') ? scope : other
  const statuses = cells.map((cell) => cell.split(' ').map(statusOf))
  if (
    statuses.length !== columns.length ||
    statuses.some((cell) => cell.length !== place.states.length)
  )
    throw new Error(`${route} has not one status for each state`)
  const byColumn = columns.map((column, i) => [column, statuses[i]])
  return { ...place, route, scope, opener, cells: Object.fromEntries(byColumn) as Line['cells'] }
}

function statusOf(text: string): number | undefined {
  if (text === '-') return undefined
  if (!/^[2-5]\d\d$/.test(text)) throw new Error(`${text} is no status`)
  return Number(text)
}
