/** What is looked at, in the order in which it is. */
export type StepName =
  | 'address'
  | 'dns'
  | 'tcp'
  | 'server'
  | 'tls'
  | 'login'
  | 'database'
  | 'version'
  | 'schema'
  | 'pooler'
  | 'limits'
  | 'latency'
  | 'clock'
  | 'durability'
  | 'folder'
  | 'file'
  | 'integrity'
  | 'space'
  | 'journal'
  | 'lasting'
  | 'migrations'
  | 'provider'

/** What one step found. No text in it holds a password; addresses are masked. */
export interface Finding {
  step: StepName
  ok: boolean
  /** One sentence or more, for a person. */
  says: string
  /** What to do; also where all is well, but could be better. */
  remedy?: string
  /** The address that would do, with `***` for the password, where another address is the cure. */
  corrected?: string
  /** A statement for the owner of the database, where one is the cure. */
  statement?: string
  /** Nothing has to be changed: it may be well a little later. */
  away?: true
  /** What could not be looked at because of this. */
  leftOut?: StepName[]
}

/** The exit code that findings mean: 0 all is well, 75 the database is only away, 78 not understood, 1 anything else. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 | 75 | 78 {
  const failed = findings.filter(({ ok }) => !ok)
  if (failed.length === 0) return 0
  if (failed.some(({ step }) => step === 'address')) return 78
  return failed.every(({ away }) => away) ? 75 : 1
}
