import type { Bootstrap } from './bootstrap.ts'
import { ImportError } from '../../portability.errors.ts'

export type UserConflicts = ReturnType<typeof createUserConflicts>

/** What becomes of an imported user whose name or e-mail address belongs to another one here. */
export type UserOutcome = 'adopt' | 'map' | 'refuse'

const mostListed = 100

/** Decides about users whose identity is taken, and remembers it for the rows that refer to them. */
export function createUserConflicts({
  bootstrap,
  mapUsers,
}: {
  bootstrap: Bootstrap
  mapUsers: boolean
}) {
  const mapped = new Map<string, string>()
  const names = new Set<string>()
  const withNewPassword: string[] = []
  let others = 0

  return {
    bootstrap,

    /** `id` is the imported user's, `takenBy` that of the user who has the name. */
    async decide(conflict: {
      constraint: string
      id: string
      name: string
      takenBy: string
    }): Promise<UserOutcome> {
      const byName = conflict.constraint === 'users_username_unique'
      if (byName && (await bootstrap.isFree(conflict.takenBy))) return 'adopt'
      if (byName && mapUsers) {
        mapped.set(conflict.id, conflict.takenBy)
        return 'map'
      }
      if (names.size < mostListed) names.add(byName ? conflict.name : `${conflict.name} (e-mail)`)
      else others++
      return 'refuse'
    },

    /** The user whom rows of the import are to refer to. */
    idFor: (id: string) => mapped.get(id) ?? id,
    anyMapped: () => mapped.size > 0,
    /** A user who was here has another password now. */
    newPassword: (id: string) => void withNewPassword.push(id),
    withNewPassword: () => withNewPassword,

    /** Raises `ImportError` (`import_user_conflict`) with everybody who was refused. */
    raise() {
      if (names.size === 0) return
      const more = others > 0 ? ` and ${others} more` : ''
      throw new ImportError(
        'import_user_conflict',
        `other users here have the names of these: ${[...names].join(', ')}${more}`,
        { table: 'users' },
      )
    },
  }
}
