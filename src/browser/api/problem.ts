import { wait } from '../dom/format.ts'

interface Finding {
  pointer?: string
  parameter?: string
  detail: string
}

interface Content {
  code?: string
  detail?: string
  errors?: Finding[]
}

/** What the service refused, as application/problem+json tells it, or that there was no answer at all. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  /** What is wrong with a field, by its name. */
  readonly fields: ReadonlyMap<string, string>

  constructor(status: number, content: Content) {
    super(content.detail ?? 'The service gave no reason.')
    this.status = status
    this.code = content.code ?? ''
    this.fields = new Map((content.errors ?? []).map((one) => [fieldOf(one), one.detail]))
  }
}

/** The problem that an answer tells of; a limit says how long it lasts. */
export async function problemOf(response: Response): Promise<Problem> {
  const content = (await response.json().catch(() => ({}))) as Content
  const seconds = Number(response.headers.get('retry-after'))
  if (response.status !== 429 || !(seconds > 0)) return new Problem(response.status, content)
  const detail = `That was too often. Try again in ${wait(seconds)}.`
  return new Problem(429, { ...content, detail })
}

/** No answer came, however often it was asked for. */
export const unreachable = () =>
  new Problem(0, {
    code: 'unreachable',
    detail: 'The service cannot be reached. Check your connection, and try again.',
  })

/** The first name in a pointer (RFC 6901): forms are flat. */
function fieldOf({ pointer, parameter }: Finding): string {
  return parameter ?? pointer?.split('/')[1] ?? ''
}
