import { readCommandLine } from '../config/command-line.ts'
import type { Command } from './command.ts'
import { pushFiles, type Push } from './specs/files.push.ts'
import { walkFolder } from './specs/files.walk.ts'
import { onInterrupt } from './specs/interrupt.ts'
import { readPushArguments, readToken } from './specs/push.options.ts'
import { createProgress } from './specs/push.progress.ts'
import { jsonReport, textReport, totalsOf } from './specs/push.report.ts'
import { createService } from './specs/service.client.ts'

const usage = `holdfast specs push FOLDER [--tags a,b] [--visibility public|private] [--url ADDRESS]
                    [--token-stdin] [--parallel 4] [--json]

Uploads every .json, .yaml and .yml file of a folder and those below it to a running service. A file's slug is made
from its path: payments/v2/api.yaml is payments-v2-api. Where a spec has that slug already the file becomes a further
version of it, unless it is there unchanged: the command can be repeated, and interrupted (Ctrl-C).
Hidden files, and links that lead out of the folder, are passed over.
  --tags, --visibility   of specs that are new; one that is there keeps its own
  --url                  the service; http://localhost:3000 unless given
  --token-stdin          read the token (what a login gives) from standard input; otherwise it is HOLDFAST_TOKEN
  --parallel             how many files are under way at once, 1 to 16
  --json                 the report for programs
Ends with 0 when all is well, 1 when files were refused or failed, 75 when the service cannot be reached.
`

export const specsCommand: Command = {
  summary: 'upload a folder of API descriptions to a running service',
  usage,
  async run(args) {
    const given = readPushArguments(args, usage)
    const { token: fromEnvironment, color, redraws } = readCommandLine()
    const token = await readToken(given, fromEnvironment, usage)
    const walk = await walkFolder(given.folder)
    const total = walk.files.length + walk.unreadable.length
    if (total === 0) throw new Error(`${given.folder} holds no .json, .yaml or .yml file`)

    const progress = createProgress({ output: process.stderr, total, color, redraws })
    const interrupt = onInterrupt(() => progress.say('finishing what is under way'))
    const { url, parallel, query } = given
    const push = await pushFiles(walk, {
      service: createService({ url, token, stop: interrupt.signal }),
      parallel,
      query,
      stop: interrupt.signal,
      onStart: (path) => progress.start(path),
      onOutcome: (outcome) => progress.add(outcome),
    }).finally(() => {
      progress.end()
      interrupt.release()
    })
    process.stdout.write(given.json ? jsonReport(push.outcomes) : textReport(push.outcomes))
    assertWell(push, interrupt.exitCode())
  },
}

/** Raises an error with the exit code of what went wrong, if anything did. */
function assertWell({ outcomes, ended }: Push, interruptedCode: number | undefined): void {
  const { refused, failed, unfinished } = totalsOf(outcomes)
  const left = `${unfinished} of ${outcomes.length} files are unfinished; the command can be repeated`
  if (interruptedCode !== undefined && unfinished > 0) {
    throw Object.assign(new Error(`interrupted: ${left}`), { exitCode: interruptedCode })
  }
  if (ended)
    throw Object.assign(new Error(`${ended.message}; ${left}`), { exitCode: ended.exitCode })
  const bad = refused + failed
  if (bad > 0) throw new Error(`${bad} of ${outcomes.length} files were refused or failed`)
}
