import { explain, isClosedPipe, UsageError } from './commands/command.errors.ts'
import { doctorCommand } from './commands/doctor.command.ts'
import { exportCommand } from './commands/export.command.ts'
import { importCommand } from './commands/import.command.ts'
import { migrateCommand } from './commands/migrate.command.ts'
import { seedCommand } from './commands/seed.command.ts'
import { serveCommand } from './commands/serve.command.ts'
import { specsCommand } from './commands/specs.command.ts'
import { userCommand } from './commands/user.command.ts'
import type { Command } from './commands/command.ts'

const commands: Record<string, Command> = {
  serve: serveCommand,
  migrate: migrateCommand,
  export: exportCommand,
  import: importCommand,
  doctor: doctorCommand,
  user: userCommand,
  specs: specsCommand,
  seed: seedCommand,
}

const usage = `holdfast <command>

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}

holdfast <command> --help tells more. Exit codes: 0 done, 1 failed, 2 wrong use, 65 bad data,
70 a migration failed, 75 try again, 78 bad configuration.
`

// Whoever reads no further has what he wanted; an export, which nobody would have whole then, fails by itself.
process.stdout.on('error', (error) => {
  if (!isClosedPipe(error)) fail(error)
})

try {
  const [name = '--help', ...rest] = process.argv.slice(2)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (name === '--help' || name === 'help') process.stdout.write(usage)
  else if (!command) throw new UsageError(`there is no command ${name}`, usage)
  else if (rest.includes('--help')) process.stdout.write(command.usage)
  else await command.run(rest)
} catch (error) {
  fail(error)
}

function fail(error: unknown): void {
  // Told already: a stream's failure comes as an event and to him who wrote.
  if (process.exitCode !== undefined) return
  const { message, exitCode } = explain(error)
  process.exitCode = exitCode
  if (!isClosedPipe(error)) process.stderr.write(`holdfast: ${message}\n`)
}
