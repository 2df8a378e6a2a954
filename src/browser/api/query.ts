/** A path with those of its parameters that are not empty. */
export function withQuery(path: string, parameters: Record<string, string | undefined>): string {
  const given = Object.entries(parameters).filter((one): one is [string, string] => Boolean(one[1]))
  const query = new URLSearchParams(given).toString()
  return query === '' ? path : `${path}?${query}`
}

/** What a field for a local time holds, as the service takes it; undefined where it is empty. */
export function momentOf(local: string): string | undefined {
  return local === '' ? undefined : new Date(local).toISOString()
}

/** The other way round. */
export function localOf(moment: string | null): string {
  if (moment === null) return ''
  const at = new Date(moment)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
