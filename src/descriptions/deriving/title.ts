/** The texts that a spec takes over from its document. */
export interface Texts {
  title: string
  summary: string | null
}

/** What a spec is called whose document has this title. */
export function titleOf({ title }: Pick<Texts, 'title'>): string {
  return title === '' ? 'Untitled' : title
}

/** A spec's texts once another document is the current one: those that nobody set follow it. */
export function followed({ title, summary }: Texts, before: Texts, after: Texts): Texts {
  return {
    title: title === titleOf(before) ? titleOf(after) : title,
    summary: summary === before.summary ? after.summary : summary,
  }
}
