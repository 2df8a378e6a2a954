/** The schema of a database whose address and settings name none. */
export const defaultSchema = 'public'

/** A name as it stands in SQL, whatever it holds. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A table of the service, as every statement names it: no search path decides whose it is. */
export function qualified(schema: string, table: string): string {
  return `${quoted(schema)}.${quoted(table)}`
}

/** A text as it stands in SQL. */
export function literal(text: string): string {
  const plain = `'${text.replaceAll("'", "''")}'`
  // So that a server with the old rules for backslashes reads it alike.
  return text.includes('\\') ? ` E${plain.replaceAll('\\', '\\\\')}` : plain
}
