const codes: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 130, SIGTERM: 143 }
/** npm hands a Ctrl-C on that the terminal has sent already: a second one so soon is the same. */
const sameMs = 1000

/**
 * Lets a command end in order at SIGINT and SIGTERM: the first one aborts `signal`, a later one ends the process at
 * once. `onFirst` is called with the first; `release` gives the signals back.
 */
export function onInterrupt(onFirst: () => void) {
  const stop = new AbortController()
  let exitCode: number | undefined
  let firstAt = 0

  function interrupt(name: NodeJS.Signals) {
    const now = performance.now()
    if (exitCode !== undefined && now - firstAt > sameMs) process.exit(exitCode)
    if (exitCode !== undefined) return
    exitCode = codes[name] ?? 1
    firstAt = now
    stop.abort()
    onFirst()
  }

  const names = Object.keys(codes) as NodeJS.Signals[]
  for (const name of names) process.on(name, interrupt)
  return {
    signal: stop.signal,
    /** What the process should end with, 128 and the signal's number, if there was one. */
    exitCode: () => exitCode,
    release() {
      for (const name of names) process.off(name, interrupt)
    },
  }
}
