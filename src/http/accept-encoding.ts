/**
 * Whether an Accept-Encoding takes gzip, and does not like the bytes as they are better (RFC 9110, 12.5.3). Without the
 * header, or with one that cannot be read, it does not.
 */
export function takesGzip(header: string | undefined): boolean {
  if (header === undefined) return false
  let gzip: number | undefined
  let any: number | undefined
  let identity = 0
  for (const part of header.split(',')) {
    const [name = '', ...parameters] = part.split(';')
    const weight = weightOf(parameters)
    const coding = name.trim().toLowerCase()
    if (coding === 'gzip' || coding === 'x-gzip') gzip = weight
    else if (coding === 'identity') identity = weight
    else if (coding === '*') any = weight
  }
  const taken = gzip ?? any ?? 0
  return taken > 0 && taken >= identity
}

function weightOf(parameters: string[]): number {
  for (const parameter of parameters) {
    const [, digits] = /^\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*$/i.exec(parameter) ?? []
    if (digits !== undefined) return Number(digits)
    if (/^\s*q\s*=/i.test(parameter)) return 0
  }
  return 1
}
