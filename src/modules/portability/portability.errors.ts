import createError from '@fastify/error'
import { ImportError, LockOutError } from '../../portability/portability.errors.ts'

export const ConfirmReplaceError = createError(
  'confirm_replace',
  'To replace everything, send the id of this instance (instanceId of GET /health) as X-Confirm-Replace.',
  412,
)

export const NoSafetyCopyError = createError(
  'no_safety_copy',
  'There is no folder that lasts for a copy of what is here now; ask for ?safetyCopy=none to do without.',
  409,
)

const WouldLockOut = createError('would_lock_out', '%s', 409)
const TooLarge = createError('body_too_large', '%s', 413)

/** Turns why an import was refused into what the caller is told: 422, 413 or 409. */
export function explainImport(error: unknown): never {
  if (error instanceof LockOutError) throw new WouldLockOut(error.message)
  if (!(error instanceof ImportError)) throw error
  if (error.code === 'import_too_large') throw new TooLarge(error.message)
  const Refused = createError(error.code, '%s', 422)
  throw Object.assign(new Refused(error.message), {
    members: {
      ...(error.table !== undefined && { table: error.table }),
      ...(error.row !== undefined && { row: error.row }),
    },
  })
}
