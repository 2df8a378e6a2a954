/** Statements beyond these are not named: the server keeps a plan for every name, on every connection. */
const namesMax = 300
const namedLengthMax = 20_000

/** Whether a statement gets a name on a connection; the driver chooses it by the text. */
export function createNaming(): (sql: string) => boolean {
  const names = new Set<string>()
  return (sql) => {
    if (sql.length > namedLengthMax) return false
    if (names.has(sql)) return true
    if (names.size >= namesMax) return false
    names.add(sql)
    return true
  }
}
