/** The path of a request's target, without the query, and without the host that the absolute form carries. */
export function pathOf(url: string): string {
  if (url.startsWith('/')) return url.split('?', 1)[0] ?? '/'
  return URL.canParse(url) ? new URL(url).pathname : '/'
}
