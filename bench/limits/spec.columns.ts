/** What is selected for a spec with its latest version, under the names that its JSON has. */
export const select = `select s.id, s.slug, s.title, s.summary, s.owner_id as "ownerId", s.visibility, s.tags,
    s.format, s.created_at as "createdAt", s.updated_at as "updatedAt", d.count as downloads,
    v.id as "versionId", v.version, v.state, v.document_id as sha256, v.format as "versionFormat",
    v.media_type as "mediaType", v.bytes, v.valid, v.findings, v.operations, v.created_at as "versionAt"
  from specs s
    left join versions v on v.id = s.latest_id
    left join downloads d on d.id = s.id`

/** What a guest may see in the list, in its order. */
export const list = `${select} where s.open order by s.created_at desc, s.id desc limit 21`

/** As a driver gives it. SQLite has JSON as text, and 0 and 1 for booleans. */
export interface Row {
  id: string
  slug: string
  title: string
  summary: string | null
  ownerId: string
  visibility: string
  tags: unknown
  format: string
  createdAt: string | Date
  updatedAt: string | Date
  downloads: number
  versionId: string | null
  version: string
  state: string
  sha256: string
  versionFormat: string
  mediaType: string
  bytes: number
  valid: unknown
  findings: unknown
  operations: number
  versionAt: string | Date
}

/** A spec as the API shows it. */
export function specOf(row: Row) {
  return {
    id: row.id,
    slug: row.slug,
    title: row.title,
    summary: row.summary,
    ownerId: row.ownerId,
    visibility: row.visibility,
    tags: row.tags,
    format: row.format,
    downloads: row.downloads,
    latest: row.versionId === null ? null : versionOf(row),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }
}

function versionOf(row: Row) {
  return {
    id: row.versionId,
    specId: row.id,
    version: row.version,
    state: row.state,
    format: row.versionFormat,
    mediaType: row.mediaType,
    bytes: row.bytes,
    sha256: row.sha256,
    valid: row.valid,
    findings: row.findings,
    operations: row.operations,
    createdAt: row.versionAt,
  }
}

/** Makes the values of SQLite's row what PostgreSQL's are. */
export function fromSqlite(row: Row): Row {
  row.tags = JSON.parse(row.tags as string)
  if (row.versionId === null) return row
  row.findings = JSON.parse(row.findings as string)
  row.valid = row.valid === null ? null : row.valid === 1
  return row
}
