import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { tagPattern } from '../../database/tables/spec.shapes.ts'
import { visibilities } from '../../database/tables/spec.tables.ts'
import { UsageError } from '../command.errors.ts'

export interface PushArguments {
  folder: string
  url: URL
  tokenStdin: boolean
  parallel: number
  json: boolean
  /** Of specs that are new. */
  query: Record<string, string>
}

const mostTags = 20
const mostParallel = 16

const options = {
  tags: { type: 'string' },
  visibility: { type: 'string', default: 'public' },
  url: { type: 'string', default: 'http://localhost:3000' },
  parallel: { type: 'string', default: '4' },
  json: { type: 'boolean', default: false },
  'token-stdin': { type: 'boolean', default: false },
  token: { type: 'string' },
} as const

/** Reads the command line of a push. Raises `UsageError`, whose sentence holds no token. */
export function readPushArguments(args: string[], usage: string): PushArguments {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const wrong = (sentence: string) => new UsageError(sentence, usage)
  if (values.token !== undefined) {
    throw wrong(
      '--token is not taken: everyone on this machine can read a command line, and the shell keeps it. ' +
        'Put the token into HOLDFAST_TOKEN, or use --token-stdin',
    )
  }
  const [action, folder, ...more] = positionals
  if (action !== 'push') throw wrong('specs takes: push')
  if (folder === undefined || more.length > 0) throw wrong('specs push takes one folder')

  const parallel = Number(values.parallel)
  if (!(Number.isInteger(parallel) && parallel >= 1 && parallel <= mostParallel)) {
    throw wrong(`--parallel takes a number from 1 to ${mostParallel}`)
  }
  const visibility = visibilities.find((word) => word === values.visibility)
  if (!visibility) throw wrong(`--visibility takes ${visibilities.join(' or ')}`)
  const tags = [...new Set((values.tags ?? '').split(',').map((tag) => tag.trim()))].filter(Boolean)
  if (tags.length > mostTags || !tags.every((tag) => new RegExp(tagPattern).test(tag))) {
    throw wrong(`--tags takes up to ${mostTags}, of a-z and 0-9 with hyphens between: billing,v2`)
  }
  const url = readUrl(values.url)
  if (!url) throw wrong('--url takes the address of a service, as in https://specs.example.org')

  return {
    folder,
    url,
    tokenStdin: values['token-stdin'],
    parallel,
    json: values.json,
    query: { visibility, ...(tags.length > 0 && { tags: tags.join(',') }) },
  }
}

function readUrl(given: string): URL | undefined {
  const url = URL.parse(given)
  if (!url || !/^https?:$/.test(url.protocol)) return undefined
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  return plain ? url : undefined
}

/** The token from standard input, or from HOLDFAST_TOKEN. Raises `UsageError`, which does not hold it. */
export async function readToken(
  { tokenStdin }: PushArguments,
  fromEnvironment: string | undefined,
  usage: string,
): Promise<string> {
  const token = tokenStdin ? (await text(process.stdin)).trim() : fromEnvironment
  if (token === undefined || token === '') {
    throw new UsageError('there is no token: set HOLDFAST_TOKEN, or use --token-stdin', usage)
  }
  if (!/^[!-~]+$/.test(token)) {
    throw new UsageError('the token is no token: it holds more than visible characters', usage)
  }
  return token
}
