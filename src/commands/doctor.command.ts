import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { readConfigFor } from '../config/address.ts'
import { ConfigError, readConfig, type Config } from '../config/config.ts'
import { notUnderstood } from '../doctor/address.ts'
import { diagnose } from '../doctor/diagnose.ts'
import { exitCodeOf, type Finding } from '../doctor/finding.ts'
import { jsonOf, lineOf, summaryOf } from '../doctor/report.ts'
import { UsageError } from './command.errors.ts'
import type { Command } from './command.ts'

const usage = `holdfast doctor [TARGET | -] [--json]

Says how the address of a database is understood, then tries everything that the service needs of it: the name, the
network, TLS, the login, the rights, the pooler, the limits, the clock, the migrations; each is ok, or what failed and
what to do. Changes nothing and shows no password. Without TARGET it is the configured database; all other settings
count for TARGET, too. An address on the command line can be seen by other users of the machine: with - it is read
from standard input.
  --json   prints the findings as JSON
Exit codes: 0 all is well, 1 something failed, 75 the database is only away, 78 the address is not understood.
`

export const doctorCommand: Command = {
  summary: 'say what is wrong with a database, and what to do',
  usage,
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    const [given, ...more] = positionals
    if (more.length > 0) throw new UsageError('doctor takes one target: quote it', usage)
    const address = given === '-' ? await text(process.stdin) : given
    const findings: Finding[] = []
    for await (const finding of examine(address)) {
      findings.push(finding)
      if (!values.json) process.stdout.write(lineOf(finding))
    }
    const end = values.json ? jsonOf(findings) : summaryOf(findings)
    // A name server that never answers would keep the process for minutes.
    process.stdout.write(end, () => process.exit(exitCodeOf(findings)))
  },
}

async function* examine(address: string | undefined): AsyncGenerator<Finding> {
  if (address?.trim() === '') {
    yield notUnderstood('The address is empty.')
    return
  }
  let config: Config
  try {
    config = address === undefined ? readConfig() : readConfigFor(address)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const { variable, sentence } of error.problems) {
      const isAddress = address !== undefined && variable === 'DATABASE_URL'
      yield notUnderstood(isAddress ? sentence : `${variable}: ${sentence}`)
    }
    return
  }
  const { target, targetWarnings: warnings, database, platform } = config
  yield* diagnose(target, { warnings, database, platform })
}
