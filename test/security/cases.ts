import { kinds, type Kind } from './callers.ts'
import type { Line } from './matrix.table.ts'

/** A request of the matrix: who asks which route, and for an object in which state. */
export interface Case {
  line: Line
  method: string
  kind: Kind
  state: string
  /** What the table says. */
  expected: number
}

const asHead = new Set([
  'a guest',
  'member',
  'editor',
  'admin',
  'admin by a token with specs:read',
  'an ended session',
])

/** Every kind of caller, in every state: of a GET some also as HEAD, which comes from it. */
export function casesOf(line: Line): Case[] {
  const [method = ''] = line.route.split(' ')
  return (method === 'GET' ? ['GET', 'HEAD'] : [method]).flatMap((one) =>
    kinds
      .filter((kind) => isWorthAsking(kind, line))
      .filter((kind) => one !== 'HEAD' || asHead.has(kind.name))
      .flatMap((kind) =>
        line.states.flatMap((state, i) => {
          const expected = expectedOf(line, kind, i)
          return expected === undefined ? [] : [{ line, method: one, kind, state, expected }]
        }),
      ),
  )
}

/** Administrators' tokens with every scope; of the others those that the route is for. */
function isWorthAsking({ as, scope }: Kind, { scope: needed }: Line): boolean {
  if (scope === undefined || as === 'admin') return true
  return scope === needed || (!needed.includes(':') && scope === 'specs:read')
}

function expectedOf(line: Line, kind: Kind, state: number): number | undefined {
  const { scope, opener, cells } = line
  const isOpener = kind.variable !== undefined && kind.variable === opener
  const column = kind.as === 'bad' || kind.as === 'opener' ? 'admin' : kind.as
  const cell = cells[column][state]
  if (scope === opener) return isOpener ? 200 : 401
  if (isOpener) return cell
  if (scope === 'public') return cells.guest[state]
  if (column !== kind.as) return cell === undefined ? undefined : 401
  if (kind.scope === undefined) return cell
  if (isOnAdministrator(line, kind, state)) return 403
  if (scope === 'any' || scope === kind.scope) return cell
  return cell === undefined ? undefined : 403
}

/** What API tokens never do, though their owners may. */
function isOnAdministrator({ kind, route, states }: Line, { as }: Kind, state: number): boolean {
  return kind === 'User' && as === 'admin' && states[state] === 'own' && !route.startsWith('GET ')
}
