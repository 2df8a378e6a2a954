import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { ConfigError } from './config.errors.ts'

/** Variables by their names. */
export type Environment = Record<string, string | undefined>

/**
 * Gives the environment, and in development what the `.env` file of the folder adds to it; a variable that is already
 * there, even blank, goes before the file. Raises `ConfigError`.
 */
export function withEnvFile(environment: Environment, folder: string): Environment {
  if (environment['NODE_ENV'] === 'production') return environment
  const text = readEnvFile(join(folder, '.env'))
  if (text === undefined) return environment
  refuseCutValues(text)
  return { ...parseEnv(text), ...environment }
}

function readEnvFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new ConfigError([{ variable: '.env', sentence: `cannot be read (${String(code)}).` }])
  }
}

// In an unquoted value everything from the # on is a comment, and half a password would pass for a whole one.
const cutValue = /^[ \t]*(?:export[ \t]+)?(?<variable>\w+)[ \t]*=[ \t]*(?!["'`])[^\s#]+#/gm

function refuseCutValues(text: string): void {
  const problems = [...text.matchAll(cutValue)].map(({ groups }) => ({
    variable: groups?.['variable'] ?? '.env',
    sentence: 'should stand in quotes in .env, for a # cuts a value that does not.',
  }))
  if (problems.length > 0) throw new ConfigError(problems)
}
