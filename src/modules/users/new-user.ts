import { randomUUIDv7 } from 'node:crypto'
import createError from '@fastify/error'
import { isUniqueViolation } from '../../database/database.errors.ts'
import { emailPattern, usernamePattern, type Role } from '../../database/tables/tables.ts'
import { checkPasswordRules } from './passwords.rules.ts'
import { hashPassword } from './passwords.ts'
import { EmailTakenError, InvalidUsernameError, UsernameTakenError } from './users.errors.ts'
import type { UserRow } from './users.repository.ts'

export type { UserRow } from './users.repository.ts'

export const InvalidEmailError = createError(
  'invalid_email',
  'An e-mail address is of the form name@example.org, at most 254 characters.',
  400,
)

/** The form in which usernames are kept and compared. */
export function foldUsername(username: string): string {
  return username.normalize('NFKC').trim().toLowerCase()
}

/** The form in which addresses are kept and compared. Raises `InvalidEmailError`. */
export function foldEmail<Given extends string | null>(email: Given): Given {
  if (email === null) return email
  const folded = email.trim().toLowerCase()
  if (!emailPattern.test(folded)) throw new InvalidEmailError()
  return folded as Given
}

/**
 * The row of a user to be, with the password hashed: slow, so before the unit that stores it.
 * Raises `InvalidUsernameError`, `InvalidEmailError`, and what `checkPasswordRules` does.
 */
export async function newUser(given: {
  username: string
  password: string
  email?: string | null
  role: Role
}): Promise<UserRow> {
  const username = foldUsername(given.username)
  if (!usernamePattern.test(username)) throw new InvalidUsernameError()
  const email = foldEmail(given.email ?? null)
  checkPasswordRules(given.password, { username, email })
  const now = new Date().toISOString()
  return {
    id: randomUUIDv7(),
    username,
    email,
    role: given.role,
    status: 'active',
    passwordHash: await hashPassword(given.password),
    createdAt: now,
    updatedAt: now,
    quotaSpecs: null,
    quotaBytes: null,
  }
}

/** Turns what the database says of a taken name or address into what the caller is told. */
export function explainTaken(error: unknown): never {
  if (isUniqueViolation(error, 'users_username_unique')) throw new UsernameTakenError()
  if (isUniqueViolation(error, 'users_email_unique')) throw new EmailTakenError()
  throw error
}
