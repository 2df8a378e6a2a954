import { randomUUID } from 'node:crypto'
import { slugsOf } from './files.slugs.ts'
import type { FoundFile, UnreadablePath, Walk } from './files.walk.ts'
import { PushEndedError } from './push.errors.ts'
import type { Service } from './service.client.ts'
import { uploadSpec, type Outcome, type UploadOptions } from './spec.upload.ts'

export interface PushOptions {
  service: Service
  /** How many files are under way at once. */
  parallel: number
  /** Of specs that are new. */
  query: Record<string, string>
  /** Lets what is under way finish, and begins nothing more. */
  stop: AbortSignal
  onStart: (path: string) => void
  onOutcome: (outcome: Outcome) => void
}

export interface Push {
  /** Of every file, in the order of their paths. */
  outcomes: Outcome[]
  /** Why it ended before it was through. */
  ended: PushEndedError | undefined
}

/**
 * Brings all files to the service. Raises `PushEndedError` when it is not reached, or takes no token; what comes later
 * is told with the outcomes.
 */
export async function pushFiles(walk: Walk, options: PushOptions): Promise<Push> {
  const { service, parallel, query, stop, onStart, onOutcome } = options
  const slugs = slugsOf(walk.files.map(({ path }) => path))
  const upload: UploadOptions = { service, userId: await me(service), query, run: randomUUID() }
  const outcomes = new Map<string, Outcome>()
  const waiting = walk.files.values()
  let ended: PushEndedError | undefined

  function tell(outcome: Outcome) {
    outcomes.set(outcome.path, outcome)
    onOutcome(outcome)
  }

  async function work() {
    for (const file of waiting) {
      if (ended || stop.aborted) return
      onStart(file.path)
      try {
        tell(await uploadSpec(file, slugs.get(file.path) ?? '', upload))
      } catch (error) {
        if (!(error instanceof PushEndedError)) throw error
        ended ??= error
      }
    }
  }

  for (const path of walk.unreadable) tell(outcomeOfUnreadable(path))
  await Promise.all(Array.from({ length: parallel }, work))

  const open = ({ path }: FoundFile) => ({
    path,
    slug: slugs.get(path) ?? '',
    fate: 'unfinished' as const,
  })
  const all = [
    ...walk.unreadable.flatMap(({ path }) => outcomes.get(path) ?? []),
    ...walk.files.map((file) => outcomes.get(file.path) ?? open(file)),
  ]
  return { outcomes: all, ended }
}

function outcomeOfUnreadable({ path, detail }: UnreadablePath): Outcome {
  return { path, slug: '', fate: 'failed', code: 'unreadable', detail }
}

/** The id of the user whose token it is. */
async function me(service: Service): Promise<string> {
  const { status, json } = await service.send({ method: 'GET', path: '/api/me' })
  const id = (json as { id?: unknown } | null | undefined)?.id
  if (status === 200 && typeof id === 'string') return id
  throw new PushEndedError(`that is no Holdfast: GET /api/me gives ${status}`, 1)
}
