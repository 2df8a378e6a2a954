import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { FoundFile } from './files.walk.ts'
import { ConnectionBrokenError, PushEndedError } from './push.errors.ts'
import type { Service, ServiceAnswer } from './service.client.ts'

/** What can become of a file. `unfinished` is one that was not sent, or whose answer nobody waited for. */
export const fates = [
  'added',
  'new version',
  'unchanged',
  'refused',
  'failed',
  'unfinished',
] as const

export type Fate = (typeof fates)[number]

export interface Outcome {
  path: string
  slug: string
  fate: Fate
  /** The version's name, where there is one. */
  version?: string
  code?: string
  detail?: string
}

export interface UploadOptions {
  service: Service
  /** The caller's id. */
  userId: string
  /** Of specs that are new. */
  query: Record<string, string>
  /** Different each time that the command runs: an answer is not given again to another run. */
  run: string
}

type Told = Omit<Outcome, 'path' | 'slug'>

/** Larger files are not even read: no service takes them. */
export const largestBytes = 16 * 1024 * 1024

/**
 * Brings a file to the service: as a new spec, or as a version of the spec that has its slug. It does no harm to do it
 * again: bytes that are there stay as they are. Raises `PushEndedError` when no other file would fare better.
 */
export async function uploadSpec(
  file: FoundFile,
  slug: string,
  options: UploadOptions,
): Promise<Outcome> {
  return { path: file.path, slug, ...(await fateOf(file, slug, options)) }
}

async function fateOf(file: FoundFile, slug: string, options: UploadOptions): Promise<Told> {
  if (file.bytes > largestBytes) {
    return refused('file_too_large', `It has ${file.bytes} bytes, and ${largestBytes} is the most.`)
  }
  try {
    return await bring(await readFile(file.file), file.path, slug, options)
  } catch (error) {
    if (error instanceof PushEndedError) throw error
    if (error instanceof ConnectionBrokenError) {
      return { fate: 'failed', code: 'connection_broken', detail: error.message }
    }
    if (!(error instanceof Error && 'syscall' in error)) throw error
    return { fate: 'failed', code: 'unreadable', detail: error.message }
  }
}

async function bring(
  bytes: Buffer<ArrayBuffer>,
  path: string,
  slug: string,
  { service, userId, query, run }: UploadOptions,
): Promise<Told> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const post = (target: string) =>
    service.send({
      method: 'POST',
      path: target,
      document: {
        bytes,
        mediaType: /json$/i.test(path) ? 'application/json' : 'application/yaml',
        idempotencyKey: createHash('sha256').update(`${run}\n${target}\n${sha256}`).digest('hex'),
      },
    })
  const addVersion = async () => toldOfVersion(await post(`/api/specs/${slug}/versions`))

  const found = await service.send({ method: 'GET', path: `/api/specs/${slug}` })
  if (found.status === 200) {
    const { ownerId, latest } = found.json as SpecAnswer
    const same = ownerId === userId && latest?.sha256 === sha256
    return same ? { fate: 'unchanged', version: latest.version } : addVersion()
  }
  if (found.status !== 404) return toldOfRefusal(found)

  const added = await post(`/api/specs?${new URLSearchParams({ slug, ...query }).toString()}`)
  if (added.status === 201) {
    const { latest } = added.json as SpecAnswer
    return { fate: 'added', ...(latest && { version: latest.version }) }
  }
  // Made meanwhile; or it is there, and not for us to see.
  if (added.status === 409 && problemOf(added).code === 'slug_taken') return addVersion()
  if (added.status === 403 && !isQuota(added)) {
    const { detail = 'no right to add specs' } = problemOf(added)
    throw new PushEndedError(`the token's user may not do that (403): ${detail}`, 1)
  }
  return toldOfRefusal(added)
}

interface SpecAnswer {
  ownerId: string
  latest: { version: string; sha256: string } | null
}

function toldOfVersion(answer: ServiceAnswer): Told {
  if ((answer.status === 403 && !isQuota(answer)) || answer.status === 404) {
    return refused('slug_taken', 'A spec of this slug is there, and belongs to someone else.')
  }
  if (answer.status !== 200 && answer.status !== 201) return toldOfRefusal(answer)
  const { version } = answer.json as { version: string }
  return { fate: answer.status === 201 ? 'new version' : 'unchanged', version }
}

/** There is no room for this file; for a smaller one, or a version of another spec, there may be. */
function isQuota(answer: ServiceAnswer): boolean {
  return problemOf(answer).code === 'quota_exceeded'
}

/** The service refuses the document, or fails over it. */
function toldOfRefusal(answer: ServiceAnswer): Told {
  const { code = `status_${answer.status}`, detail = `It answered ${answer.status}.` } =
    problemOf(answer)
  return { fate: answer.status < 500 ? 'refused' : 'failed', code, detail }
}

function refused(code: string, detail: string): Told {
  return { fate: 'refused', code, detail }
}

/** The members of a problem (RFC 9457) that say what it is, where the answer is one. */
function problemOf({ json }: ServiceAnswer): { code?: string; detail?: string } {
  const { code, detail } = (json ?? {}) as Record<string, unknown>
  return {
    ...(typeof code === 'string' && { code }),
    ...(typeof detail === 'string' && { detail }),
  }
}
