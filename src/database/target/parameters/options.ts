/**
 * Reads the parameter `options`, whose words are what a server takes on its command line (`-c name=value`,
 * `--name=value`) or Neon's `endpoint=name`, and gives each setting of it to `take`.
 */
export function readOptions(
  text: string,
  take: (setting: readonly [name: string, value: string]) => void,
): void {
  const words = wordsOf(text)
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    const setting = word === '-c' ? (words[++at] ?? '') : word.replace(/^(?:-c|--)/, '')
    const equals = setting.indexOf('=')
    if (equals === -1) take(['', ''])
    else
      take([setting.slice(0, equals).toLowerCase().replaceAll('-', '_'), setting.slice(equals + 1)])
  }
}

/** Words are parted by blanks; a backslash takes the meaning of what follows away. */
function wordsOf(text: string): string[] {
  const words = text.match(/(?:\\[^]|[^\s\\])+/g) ?? []
  return words.map((word) => word.replaceAll(/\\([^])/g, '$1'))
}
