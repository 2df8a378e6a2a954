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
    const named = content.errors?.map((one) => [fieldOf(one), one.detail] as const)
    const known = fieldsOfCodes[this.code]?.map((field) => [field, this.message] as const)
    this.fields = new Map(named ?? known ?? [])
  }
}

/** Where those belong that are about one field, and do not say so. */
const fieldsOfCodes: Record<string, string[]> = {
  username_taken: ['username'],
  invalid_username: ['username'],
  email_taken: ['email'],
  invalid_password: ['password', 'new'],
  wrong_password: ['current'],
  scope_not_allowed: ['scopes'],
  role_not_allowed: ['role'],
  owns_specs: ['specs'],
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
