import { execFile } from 'node:child_process'
import { bundle } from './bundle.ts'

/** What a command that has ended left behind. */
export interface Ended {
  code: number
  stdout: string
  stderr: string
}

/** Runs the command line as a user would, in a folder, with nothing in the environment but what is given. */
export async function runCommand(
  args: string[],
  given: { folder: string; environment: Record<string, string>; input?: string },
): Promise<Ended> {
  const { folder, environment, input = '' } = given
  const file = await bundle()
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [file, ...args],
      { cwd: folder, env: { PATH: process.env.PATH, ...environment }, maxBuffer: 1e8 },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
    child.stdin?.end(input)
  })
}
