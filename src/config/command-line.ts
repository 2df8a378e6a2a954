import type { Environment } from './environment.ts'

/** What commands that speak to a running service take from the environment. */
export interface CommandLineSettings {
  /** Of `HOLDFAST_TOKEN`: what the service gave at a login. */
  token: string | undefined
  /** Whether colours are wanted: not with `NO_COLOR`. */
  color: boolean
  /** Whether the terminal can draw over a line: not with `TERM=dumb`. */
  redraws: boolean
}

/** Reads them. They are no settings of the service, and come from no `.env` file. */
export function readCommandLine(environment: Environment = process.env): CommandLineSettings {
  const { HOLDFAST_TOKEN: token = '', NO_COLOR: noColor = '', TERM: terminal } = environment
  return {
    token: token.trim() === '' ? undefined : token.trim(),
    color: noColor === '',
    redraws: terminal !== 'dumb',
  }
}
