import { h, type Child } from './element.ts'

export interface Column<Row> {
  name: string
  cell: (row: Row) => Child | Child[]
  /** Numbers stand right. */
  number?: boolean
}

/**
 * A table with room for more rows. On a phone each row is a card, in which cells carry their names; the roles are
 * written out, since browsers forget them of tables that are laid out in another way.
 */
export function table<Row>(caption: string, columns: Column<Row>[]) {
  const body = h('tbody', { role: 'rowgroup' })
  const element = h(
    'table',
    { role: 'table' },
    h('caption', { class: 'unseen' }, caption),
    h(
      'thead',
      { role: 'rowgroup' },
      h(
        'tr',
        { role: 'row' },
        columns.map(({ name, number }) =>
          h('th', { role: 'columnheader', scope: 'col', class: number && 'number' }, name),
        ),
      ),
    ),
    body,
  )

  function rowOf(row: Row): HTMLTableRowElement {
    return h(
      'tr',
      { role: 'row' },
      columns.map(({ name, cell, number }) =>
        h(
          'td',
          { role: 'cell', 'data-name': name, class: number && 'number' },
          h('div', {}, cell(row)),
        ),
      ),
    )
  }

  return { element, add: (rows: Row[]) => body.append(...rows.map(rowOf)) }
}
