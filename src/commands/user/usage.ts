import { UsageError } from '../command.errors.ts'

export const usage = `holdfast user create --username NAME --password-stdin [--email ADDRESS] [--editor | --admin]
holdfast user list [--role ROLE] [--status STATUS]
holdfast user disable --username NAME
holdfast user enable --username NAME
holdfast user delete --username NAME [--transfer-to NAME | --specs delete]
holdfast user reset-password --username NAME --password-stdin
holdfast user reset-token --username NAME

Users of the configured database; the service may run or not. A password, 12 to 128 characters, is read from standard
input, so that it stands in no process list and no shell history:
  holdfast user create --admin --username ada --password-stdin < password.txt

disable shuts a user out at once, by whatever he came in; enable lets him log in again. delete wants to know what becomes of
his specs, if he has any: another user gets them, or they are deleted. His announcements go to that user, else to the
administrator who was there first. reset-password sets a new password and ends all of his sessions; reset-token prints
a token by which he sets one himself, once, within 30 minutes, and with PUBLIC_URL the link to where he does it.
`

/** The username of a command that is about a user. Raises `UsageError` without one. */
export function requireUsername({ username }: { username?: string | undefined }): string {
  if (username === undefined) throw new UsageError('--username is missing', usage)
  return username
}

/** Raises `UsageError` unless the password is said to come from standard input. */
export function requireStdin({ 'password-stdin': given }: { 'password-stdin': boolean }): void {
  if (!given) throw new UsageError('--password-stdin is missing', usage)
}
