/** What PostgreSQL's file says when the service as it was before could not live with the schema after it. */
const contracting: [RegExp, string][] = [
  [/\bdrop\s+table\b/i, 'drops a table'],
  [/\bdrop\s+column\b/i, 'drops a column'],
  [/\brename\b/i, 'renames'],
  [/\bset\s+not\s+null\b/i, 'makes a column not nullable'],
  [/\bset\s+data\s+type\b/i, 'changes the type of a column'],
  [/\badd\s+column\b(?![^;]*\bdefault\b)[^;]*\bnot\s+null\b/i, 'adds a column that must be given'],
]

/** Says why a migration cannot be one that expands; undefined when nothing speaks against it. */
export function contradictionToExpand(statements: string): string | undefined {
  return contracting.find(([pattern]) => pattern.test(statements))?.[1]
}
