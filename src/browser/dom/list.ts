import { read } from '../api/request.ts'
import type { Page } from '../api/types.ts'
import { button, h } from './element.ts'
import { attempt } from './status.ts'
import { table, type Column } from './table.ts'

interface ListOptions<Item> {
  caption: string
  columns: Column<Item>[]
  /** Where the service keeps it, with its query. */
  path: () => string
  empty: string
}

/** A list of the service as a table, a page at a time. */
export function list<Item>({ caption, columns, path, empty }: ListOptions<Item>) {
  const element = h('div', { class: 'list', role: 'region', 'aria-label': caption, tabindex: -1 })

  /** Reads it anew. Raises `Problem`. */
  async function load(): Promise<void> {
    const hadFocus = element.contains(document.activeElement)
    await fill()
    if (hadFocus && !element.contains(document.activeElement)) element.focus()
  }

  async function fill(): Promise<void> {
    const from = path()
    const first = await read<Page<Item>>(from)
    if (first.items.length === 0) {
      element.replaceChildren(h('p', { class: 'quiet' }, empty))
      return
    }
    const rows = table(caption, columns)
    let next = first.nextCursor ?? null
    const more = button('Show more', () => attempt(addMore), {
      class: 'button plain',
    })
    rows.add(first.items)
    more.hidden = next === null
    element.replaceChildren(rows.element, more)

    async function addMore(): Promise<void> {
      if (next === null) return
      const sign = from.includes('?') ? '&' : '?'
      const page = await read<Page<Item>>(`${from}${sign}cursor=${encodeURIComponent(next)}`)
      rows.add(page.items)
      next = page.nextCursor ?? null
      more.hidden = next === null
    }
  }

  return { element, load }
}
