import type { Finding, Format } from '../description.ts'
import { entriesOf } from '../entries.ts'
import { follow } from './follow.ts'
import { isMethod } from '../deriving/operations.ts'
import { child, pointerOf } from '../pointer.ts'
import { quote } from '../quote.ts'

/** What the text of the formats asks for and their schemas do not say. It makes no document invalid. */
export function findingsOfRules(root: object, format: Format): Finding[] {
  if (format.startsWith('asyncapi')) return []
  const findings: Finding[] = []
  const identities = new Map<string, string>()
  const templates = new Map<string, string>()
  for (const [path, item] of entriesOf(child(root, 'paths'))) {
    if (path.startsWith('x-')) continue
    const template = path.replaceAll(/\{[^{}]{0,500}\}/g, '{}')
    const twin = templates.get(template)
    if (twin !== undefined) findings.push(sameTemplate(path, twin))
    else templates.set(template, path)
    for (const [method, operation] of entriesOf(item)) {
      if (!isMethod(method, format)) continue
      const pointer = pointerOf(['paths', path, method])
      findings.push(...missingParameters({ root, path, item, operation, pointer }))
      const id = child(operation, 'operationId')
      if (typeof id !== 'string') continue
      const before = identities.get(id)
      if (before === undefined) identities.set(id, pointer)
      else findings.push(sameIdentity(id, pointer, before))
    }
  }
  return findings
}

function sameTemplate(path: string, twin: string): Finding {
  return {
    pointer: pointerOf(['paths', path]),
    message: `This is the same path as ${quote(twin)}: only the names of its placeholders are different.`,
  }
}

function sameIdentity(id: string, pointer: string, before: string): Finding {
  return {
    pointer: `${pointer}/operationId`,
    message: `The operationId ${quote(id)} is that of ${quote(before)} too. It names one operation, and must be unique.`,
  }
}

interface Place {
  root: object
  path: string
  item: unknown
  operation: unknown
  pointer: string
}

/** The placeholders of a path that no parameter describes; none where parameters stand outside the document. */
function missingParameters({ root, path, item, operation, pointer }: Place): Finding[] {
  if (!path.includes('{')) return []
  const described = new Set<unknown>()
  for (const listed of [child(item, 'parameters'), child(operation, 'parameters')]) {
    if (!Array.isArray(listed)) continue
    for (const entry of listed) {
      const parameter = follow(root, entry)
      if (child(parameter, '$ref') !== undefined) return []
      if (child(parameter, 'in') === 'path') described.add(child(parameter, 'name'))
    }
  }
  if (child(item, '$ref') !== undefined || child(operation, '$ref') !== undefined) return []
  const names = new Set([...path.matchAll(/\{([^{}]{0,500})\}/g)].map(([, name]) => name))
  return [...names]
    .filter((name) => !described.has(name))
    .map((name) => ({
      pointer,
      message: `The placeholder ${quote(`{${name}}`)} of the path has no parameter that describes it.`,
    }))
}
