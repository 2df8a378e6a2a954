import type { FastifyError } from 'fastify'
import type { Problem } from './problem.ts'

type Finding = NonNullable<FastifyError['validation']>[number]

/** 400, with a pointer into the body or the name of the query key for each finding. */
export function problemOfValidation(error: FastifyError): Problem {
  const context = error.validationContext ?? 'body'
  const errors = (error.validation ?? []).map((finding) => ({
    ...place(context, finding),
    detail: sentence(finding),
  }))
  const detail = `The ${names[context] ?? context} is not what this route takes.`
  return { status: 400, code: 'invalid_request', detail, errors }
}

const names: Record<string, string> = { querystring: 'query', params: 'path', headers: 'header' }

function place(context: string, finding: Finding) {
  const named = finding.params.additionalProperty ?? finding.params.missingProperty
  const path = finding.instancePath + (typeof named === 'string' ? `/${escapePointer(named)}` : '')
  if (context === 'body') return { pointer: path }
  return { parameter: path.slice(1) }
}

function sentence(finding: Finding): string {
  if (finding.keyword === 'additionalProperties') return 'is not known here'
  if (finding.keyword === 'required') return 'is missing'
  if (finding.keyword === 'enum') {
    return `must be one of ${(finding.params.allowedValues as unknown[]).join(', ')}`
  }
  return finding.message ?? 'is not valid'
}

/** RFC 6901. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
