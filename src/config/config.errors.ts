import { StartError } from '../database/database.errors.ts'

export interface ConfigProblem {
  /** The variable of the environment. */
  variable: string
  /** What it should be; never its value. */
  sentence: string
}

/** A configuration that cannot be used: every problem of it at once, in the message and as data. Exit code 78. */
export class ConfigError extends StartError {
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ variable, sentence }) => `\n  ${variable}: ${sentence}`)
    super(78, `The configuration cannot be used:${lines.join('')}`)
    this.problems = problems
  }
}
