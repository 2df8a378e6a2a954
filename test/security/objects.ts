import { randomUUIDv7 } from 'node:crypto'
import type { State } from '../../src/database/tables/spec.tables.ts'
import type { Audience } from '../../src/database/tables/tables.ts'
import { newSpec } from '../../src/modules/specs/spec.ts'
import { newVersion } from '../../src/modules/specs/version.ts'
import { credentialOf } from './callers.ts'
import type { Rows } from './rows.ts'

/** What stands in the text of every object, and must be in no refusal. */
export const marker = 'the-object-that-nobody-tells-of'

/** What stands in the texts of an object that only some may see: whose it is, or for whom. */
export const secretMarker = (whose: string) => `${marker}-of-${whose}-`

/** Of the parameters of the route. */
export type Parameters = Record<string, string>

/** Stores the object in this state, for somebody who asks; gives what goes into the path. */
type Make = (rows: Rows, state: string, userId: string | undefined) => Parameters

/** By the names of the table's headings. */
export const objects: Record<string, Make> = {
  Announcement: announcement,
  Spec: (rows, state, userId) => ({ slug: spec(rows, state, userId).slug }),
  Version: version,
  Session: (rows, state, userId) => owned(rows, 'sessions', state, userId),
  'API token': (rows, state, userId) => owned(rows, 'apiTokens', state, userId),
  Invite: invite,
  User: user,
  Job: (_rows, state) => ({ job: state }),
}

function announcement(rows: Rows, state: string): Parameters {
  const createdAt = new Date().toISOString()
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString()
  const audience = ['users', 'editors'].includes(state) ? (state as Audience) : 'everyone'
  const text = audience === 'everyone' ? marker : secretMarker(audience)
  const { id } = rows.add('announcements', {
    id: randomUUIDv7(),
    title: text,
    body: text,
    audience,
    pinned: false,
    startsAt: state === 'planned' ? tomorrow : null,
    endsAt: null,
    authorId: rows.user('editor').id,
    revision: 1,
    createdAt,
    updatedAt: createdAt,
  })
  if (state === 'deleted') rows.remove('announcements', id)
  return { id: state === 'missing' ? randomUUIDv7() : id }
}

function spec(rows: Rows, state: string, userId: string | undefined) {
  if (state === 'missing') return { slug: `missing-${rows.next()}`, id: '' }
  const createdAt = new Date().toISOString()
  const isDraft = state === 'own' || state === 'draft'
  const visibility = state === 'own' || state === 'private' ? 'private' : 'public'
  const ownerId = state === 'own' && userId !== undefined ? userId : rows.user('member').id
  const text = isDraft || visibility === 'private' ? secretMarker(ownerId) : marker
  const bare = newSpec({
    slug: `spec-${rows.next()}`,
    title: text,
    summary: text,
    ownerId,
    visibility,
    tags: [],
    format: rows.document.description.format,
    createdAt,
  })
  const latest = rowOfVersion(rows, bare.id, '1.0.0', isDraft ? 'draft' : 'published')
  const latestId = isDraft ? null : latest.id
  rows.add('specs', { ...bare, latestId, open: !isDraft && visibility === 'public' })
  rows.add('versions', latest)
  rows.add('downloads', { id: bare.id, count: 0 })
  rows.add('specTokens', { id: bare.id, tokens: 'a model' })
  if (state === 'deleted') rows.remove('specs', bare.id)
  return bare
}

function version(rows: Rows, state: string, userId: string | undefined): Parameters {
  const ofPublic = ['hidden', 'withdrawn', 'missing'].includes(state)
  const { slug, id } = spec(rows, ofPublic ? 'public' : state, userId)
  if (!ofPublic) return { slug, version: '1.0.0' }
  if (state !== 'missing')
    rows.add(
      'versions',
      rowOfVersion(rows, id, '0.9.0', state === 'hidden' ? 'draft' : 'withdrawn'),
    )
  return { slug, version: '0.9.0' }
}

function rowOfVersion({ document }: Rows, specId: string, version: string, state: State) {
  // Older than the others, whatever the state: the latest is the one that was published.
  const createdAt = new Date(Date.now() - (version === '1.0.0' ? 0 : 60_000)).toISOString()
  return newVersion({ specId, version, state, document, createdAt })
}

function owned(
  rows: Rows,
  table: 'sessions' | 'apiTokens',
  state: string,
  userId: string | undefined,
): Parameters {
  const { token: _token, ...credential } = credentialOf(table === 'sessions' ? 'session' : 'api')
  const { id } = credential
  const ownerId = state === 'own' && userId !== undefined ? userId : rows.user('member').id
  const row = { ...credential, userId: ownerId }
  if (table === 'sessions') rows.add('sessions', { ...row, usedAt: row.createdAt, client: marker })
  else rows.add('apiTokens', { ...row, name: marker, scopes: ['specs:read'] })
  if (state === 'deleted') rows.remove(table, id)
  return { id: state === 'missing' ? randomUUIDv7() : id }
}

function invite(rows: Rows, state: string, userId: string | undefined): Parameters {
  const { token: _token, ...credential } = credentialOf('invite')
  const { id } = credential
  const mine = state !== "other's" && userId !== undefined
  const used = state === 'used' && {
    tokenHash: null,
    usedAt: credential.createdAt,
    usedBy: rows.user('member').id,
  }
  rows.add('invites', {
    ...credential,
    role: 'member',
    email: `${marker}@example.org`,
    createdBy: mine ? userId : rows.user('admin').id,
    ...used,
  })
  if (state === 'deleted') rows.remove('invites', id)
  return { id: state === 'missing' ? randomUUIDv7() : id }
}

function user(rows: Rows, state: string, userId: string | undefined): Parameters {
  if (state === 'own' && userId !== undefined) return { id: userId }
  const { id } = rows.user('member', { email: `${marker}-${rows.next()}@example.org` })
  if (state === 'deleted') rows.remove('users', id)
  return { id: state === 'missing' ? randomUUIDv7() : id }
}
