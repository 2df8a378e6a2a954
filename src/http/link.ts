import { pathOf } from './path.ts'

/** The `Link` header of a page: the same request, its cursor another one. */
export function nextLink(url: string, cursor: string): string {
  const [, query = ''] = url.split('?', 2)
  const next = new URLSearchParams(query)
  next.set('cursor', cursor)
  return `<${pathOf(url)}?${next.toString()}>; rel="next"`
}
