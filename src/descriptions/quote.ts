import { clean } from './deriving/clean.ts'

/** A short piece of a document for a message, cleaned and in quotation marks. */
export function quote(text: string): string {
  return `"${clean(text, 60)}"`
}
