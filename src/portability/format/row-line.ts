/** A function that writes the values of a row, in the order of the keys, as the one line that stands for it. */
export function createRowLine(keys: readonly string[]): (values: readonly unknown[]) => string {
  // Written to again and again: JSON.stringify is fast for an object whose shape it has seen.
  const row: Record<string, unknown> = Object.fromEntries(keys.map((key) => [key, null]))
  return (values) => {
    for (let at = 0; at < keys.length; at++) row[keys[at] as string] = values[at]
    return escapeSeparators(JSON.stringify(row))
  }
}

/** Line and paragraph separators are legal JSON, but end a line for many a tool. */
export function escapeSeparators(line: string): string {
  return line.includes('\u2028') || line.includes('\u2029')
    ? line.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
    : line
}
