import { TargetError } from '../database/target/target.ts'
import { TrustProxyError } from '../platform/proxies.ts'
import type { ConfigProblem } from './config.errors.ts'
import { PublicUrlError } from './public-url.ts'
import { SecretKeysError } from './secret-keys.ts'

/** Gives what `read` gives, or adds what is wrong with the variable to the problems. */
export function orProblem<Result>(
  problems: ConfigProblem[],
  variable: string,
  read: () => Result,
): Result | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Error) || !saysWhatIsWrong(error)) throw error
    problems.push({ variable, sentence: error.message })
    return undefined
  }
}

function saysWhatIsWrong(error: Error): boolean {
  const known = [TargetError, SecretKeysError, TrustProxyError, PublicUrlError]
  return known.some((type) => error instanceof type)
}
