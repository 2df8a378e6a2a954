import type { Database, Queryable, UnitOptions } from './database/database.ts'
import { createAudit } from './audit/audit.repository.ts'
import { createLimits } from './limits/limits.repository.ts'
import { createJobs } from './jobs/jobs.repository.ts'
import { createRetention } from './retention/retention.repository.ts'
import { createAnnouncements } from './modules/announcements/announcements.repository.ts'
import { createIdempotency, type Repeat } from './idempotency/idempotency.repository.ts'
import { createInvites } from './modules/invites/invites.repository.ts'
import { createSessions } from './modules/sessions/sessions.repository.ts'
import { createSettings } from './modules/settings/settings.repository.ts'
import { createDocuments } from './modules/specs/documents.repository.ts'
import { createDownloads } from './modules/specs/downloads.repository.ts'
import { createQuotas } from './modules/specs/quota.repository.ts'
import { createSpecList } from './modules/specs/list/list.repository.ts'
import { createSpecTokens } from './modules/specs/spec-tokens.repository.ts'
import { createSpecs } from './modules/specs/specs.repository.ts'
import { createVersions } from './modules/specs/versions.repository.ts'
import { createProfiles } from './modules/me/profiles.repository.ts'
import { createApiTokens } from './modules/tokens/api-tokens.repository.ts'
import { createBelongings } from './modules/users/belongings.repository.ts'
import { createPasswords } from './modules/users/passwords.repository.ts'
import { createResets } from './modules/users/resets.repository.ts'
import { createUsers } from './modules/users/users.repository.ts'
import { createUsage } from './usage/usage.repository.ts'
import { createUsageSums } from './usage/usage.sums.repository.ts'

export type Repositories = ReturnType<typeof createRepositories>
export type Storage = ReturnType<typeof createStorage>

function createRepositories(db: Queryable, { tables, words }: Pick<Database, 'tables' | 'words'>) {
  return {
    announcements: createAnnouncements(db, tables),
    apiTokens: createApiTokens(db, tables),
    audit: createAudit(db, tables),
    belongings: createBelongings(db, tables),
    documents: createDocuments(db, tables),
    downloads: createDownloads(db, tables),
    idempotency: createIdempotency(db, tables),
    invites: createInvites(db, tables),
    limits: createLimits(db, tables),
    quotas: createQuotas(db, tables),
    passwords: createPasswords(db, tables),
    profiles: createProfiles(db, tables),
    resets: createResets(db, tables),
    jobs: createJobs(db, tables),
    retention: createRetention(db, tables),
    sessions: createSessions(db, tables),
    settings: createSettings(db, tables),
    specList: createSpecList(db, tables, words),
    specTokens: createSpecTokens(db, tables),
    specs: createSpecs(db, tables),
    usage: createUsage(db, tables),
    usageSums: createUsageSums(db, tables),
    users: createUsers(db, tables),
    versions: createVersions(db, tables),
  }
}

/** The repositories, and a unit of work that hands out the same ones. */
export function createStorage(database: Database) {
  // A connection's handle comes again: its repositories keep their prepared statements.
  const known = new WeakMap<Queryable, Repositories>()

  function repositoriesOf(db: Queryable): Repositories {
    const found = known.get(db) ?? createRepositories(db, database)
    known.set(db, found)
    return found
  }

  return {
    ...createRepositories(database.db, database),

    /** Runs `work` as one unit: all of it is durable when this resolves, none of it is left when it rejects. */
    unitOfWork<Result>(
      options: UnitOptions,
      work: (tx: Repositories) => Promise<Result>,
    ): Promise<Result> {
      return database.unitOfWork(options, (tx) => work(repositoriesOf(tx)))
    },

    /**
     * A unit under an Idempotency-Key: the first answer is kept with the change itself, and given again to every
     * repetition; one that comes meanwhile waits for it. Raises `KeyReusedError` for another request under the key.
     * `work` gets the unit's own handle, too, for what is no repository.
     */
    repeatableUnit<Result>(
      options: UnitOptions,
      repeat: Repeat,
      work: (tx: Repositories, handle: Queryable) => Promise<Result>,
    ): Promise<{ answer: Result; repeated: boolean }> {
      const alone = [...(options.alone ?? []), ['idempotency', repeat.id] as const]
      return database.unitOfWork({ ...options, alone }, async (handle) => {
        const tx = repositoriesOf(handle)
        const first = await tx.idempotency.recall(repeat)
        if (first) return { answer: first.answer as Result, repeated: true }
        const answer = await work(tx, handle)
        await tx.idempotency.keep(repeat, answer)
        return { answer, repeated: false }
      })
    },
  }
}
