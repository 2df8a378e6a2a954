import { InvalidPasswordError } from './users.errors.ts'

/** What a guesser knows of the account. */
export interface PasswordContext {
  username?: string
  email?: string | null
}

/** Raises `InvalidPasswordError` outside 12 to 128 characters or over 512 bytes. */
export function checkPasswordRules(password: string, _context: PasswordContext = {}): void {
  // By code points, as the standards count them.
  const characters = Array.from(password).length
  if (characters < 12 || characters > 128 || Buffer.byteLength(password) > 512) {
    throw new InvalidPasswordError()
  }
}
