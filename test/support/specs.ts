import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A row of an index of API descriptions: what is known of a document without asking the service. */
export interface Spec {
  file: string
  title: string
  version: string
  format: string | null
  media: 'json' | 'yaml'
  bytes: number
  sha256: string
  /** Null where they were not counted. */
  operations: number | null
  licence: string
  group: 'real' | 'invalid'
  /** Null where it was not checked; of real ones only. */
  schema_valid?: boolean | null
  external_refs?: number
  series?: string | null
  series_order?: number | null
  /** Of `invalid` ones only: what is wrong, and what the service does. */
  defect?: string
  answer?: 'refused' | 'stored'
  content: Buffer<ArrayBuffer>
}

export type SpecGroup = Spec['group']

const fixturesFolder = join(import.meta.dirname, '..', 'fixtures', 'specs')
const collection = join(import.meta.dirname, '..', '..', '..', 'shared', 'specs')

/** Whether all of the collection is here, not only its small part that lies in the repository. */
export const complete = existsSync(join(collection, 'INDEX.json'))

/** All descriptions of a group, where the collection lies beside the repository; else the fixtures. */
export function specs(group: SpecGroup): Spec[] {
  return read(complete ? collection : fixturesFolder, group)
}

/** The small ones of the repository. */
export function fixtures(group: SpecGroup): Spec[] {
  return read(fixturesFolder, group)
}

function read(folder: string, group: SpecGroup): Spec[] {
  const index = JSON.parse(readFileSync(join(folder, 'INDEX.json'), 'utf8')) as Spec[]
  return index
    .filter((spec) => spec.group === group)
    .map((spec) => ({ ...spec, content: Buffer.from(readFileSync(join(folder, spec.file))) }))
}

/** The bytes in a buffer of their own, as the checker takes them. */
export function bytesOf({ content }: Pick<Spec, 'content'>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(content)
}
