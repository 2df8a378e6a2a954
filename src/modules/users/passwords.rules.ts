import { isCommonPassword } from './passwords.common.ts'
import { CommonPasswordError, InvalidPasswordError } from './passwords.errors.ts'

/** What a guesser knows of the account. */
export interface PasswordContext {
  username?: string
  email?: string | null
}

const service = 'holdfast'

/**
 * Raises `InvalidPasswordError` outside 12 to 128 characters or over 512 bytes, and `CommonPasswordError` for one that
 * is guessed early: a common one, or little besides the username, the e-mail address or the name of the service. There
 * is no rule on which characters it has, and it is taken exactly as it comes.
 */
export function checkPasswordRules(password: string, context: PasswordContext = {}): void {
  // By code points, as the standards count them.
  const characters = Array.from(password).length
  if (characters < 12 || characters > 128 || Buffer.byteLength(password) > 512) {
    throw new InvalidPasswordError()
  }
  if (isCommonPassword(password)) throw new CommonPasswordError()
  const rest = withoutContext(password, context)
  if (rest.length < enough || (rest.length < password.length && isCommonPassword(rest))) {
    throw new CommonPasswordError()
  }
}

/** Characters that must be left when what everybody knows is taken out. */
const enough = 8

function withoutContext(password: string, { username, email }: PasswordContext): string {
  const words = [service, username ?? '', ...(email ?? '').split('@', 1)]
    .flatMap((word) => [word, ...word.split(/[^\p{L}\p{N}]+/u)])
    .filter((word) => word.length >= 3)
    .map((word) => word.toLowerCase())
    .toSorted((a, b) => b.length - a.length)
  return words.reduce((rest, word) => rest.replaceAll(word, ''), password.toLowerCase())
}
