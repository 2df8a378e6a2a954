import { parseArgs } from 'node:util'
import { serve } from '../server.ts'
import type { Command } from './command.ts'

export const serveCommand: Command = {
  summary: 'run the service (what npm start does)',
  usage: 'holdfast serve\n\nListens on HOST and PORT until SIGTERM or SIGINT.\n',
  run(args) {
    parseArgs({ args, options: {} })
    return serve()
  },
}
