import { randomUUIDv7 } from 'node:crypto'
import { states, type State } from '../../database/tables/spec.tables.ts'
import { clean } from '../../descriptions/deriving/clean.ts'
import { longest, type CheckedDocument } from '../../descriptions/description.ts'
import { InvalidParameterError, InvalidTransitionError } from './specs.errors.ts'
import type { VersionRow } from './specs.columns.repository.ts'
import type { Version } from './specs.schemas.ts'

export type { VersionRow } from './specs.columns.repository.ts'

/** What stands for the version that most readers want. */
export const latestAlias = 'latest'

/** In an address they mean a folder, and clients take them away. */
const onlyDots = /^\.+$/

/** A name that was asked for. Raises `InvalidParameterError`. */
export function assertVersionName(name: string): string {
  if (name === latestAlias) {
    throw new InvalidParameterError('version', 'must not be latest, which stands for another one')
  }
  if (onlyDots.test(name)) throw new InvalidParameterError('version', 'must not be dots alone')
  if (clean(name, longest.version) !== name) {
    throw new InvalidParameterError('version', 'must be one line of visible characters')
  }
  return name
}

/** The name of a version for which none was asked: what the document says, if that can be one. */
export function nameRead(read: string | null): string {
  if (read === latestAlias) return `${latestAlias}+1`
  return read === null || read === '' || onlyDots.test(read) ? 'unversioned' : read
}

export function newVersion(given: {
  specId: string
  version: string
  state: State
  document: CheckedDocument
  createdAt: string
}): VersionRow {
  const { document, ...rest } = given
  const { format, mediaType, valid, findings, operations } = document.description
  return {
    id: randomUUIDv7(),
    ...rest,
    documentId: document.sha256,
    format,
    mediaType,
    bytes: document.bytes,
    valid,
    findings,
    operations: operations.length,
  }
}

/** Raises `InvalidTransitionError` for a state that lies behind. */
export function assertForward(from: State, to: State): void {
  if (states.indexOf(to) < states.indexOf(from)) throw new InvalidTransitionError(from, to)
}

/** Later than the newest, however the clock was set: the newest is the one that was uploaded last. */
export function timeAfter(newest: string | undefined, now: Date): string {
  const at = newest === undefined ? 0 : Date.parse(newest) + 1
  return new Date(Math.max(at, now.getTime())).toISOString()
}

/** As the API shows it. Written out as `shownSpec` is. */
export function shownVersion(row: VersionRow): Version {
  return {
    id: row.id,
    specId: row.specId,
    version: row.version,
    state: row.state,
    format: row.format,
    mediaType: row.mediaType,
    bytes: row.bytes,
    sha256: row.documentId,
    valid: row.valid,
    findings: row.findings,
    operations: row.operations,
    createdAt: row.createdAt,
  }
}
