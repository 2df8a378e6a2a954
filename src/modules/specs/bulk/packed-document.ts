import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { CheckedDocument } from '../../../descriptions/description.ts'

const pack = promisify(gzip)
const unpack = promisify<Buffer, Buffer>(gunzip)

/** A checked document in little memory: as objects, the operations of a thousand hostile ones would fill it. */
export type PackedDocument = Omit<CheckedDocument, 'description'> & { description: Buffer }

export async function packDocument(document: CheckedDocument): Promise<PackedDocument> {
  const description = await pack(JSON.stringify(document.description), { level: 1 })
  return { ...document, description }
}

export async function unpackDocument(document: PackedDocument): Promise<CheckedDocument> {
  const text = await unpack(document.description)
  const description = JSON.parse(text.toString()) as CheckedDocument['description']
  return { ...document, description }
}
