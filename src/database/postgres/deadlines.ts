/** A statement of an import or an export. */
export const bulkDeadlineMs = 600_000

/** A statement of a migration: no bound in practice, but an end, should a proxy keep a dead connection open. */
export const migrationDeadlineMs = 3_600_000

/** How long an ordinary unit waits for a row that somebody else has locked. */
export const rowLockMs = 2_500

/** How long a unit that must be the only one waits for the others to end. */
export const exclusiveWaitMs = 10_000

/** What ROLLBACK gets; after it the connection is cut, which does the same. */
export const rollbackMs = 1_000
