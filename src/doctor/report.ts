import { exitCodeOf, type Finding } from './finding.ts'

const indent = ' '.repeat(8)

/** A finding as lines for a person. */
export function lineOf(finding: Finding): string {
  const { step, ok, says, remedy, corrected, statement, leftOut } = finding
  return [
    (ok ? 'ok' : 'FAILED').padEnd(8) + step.padEnd(12) + says,
    remedy !== undefined && `${indent}${ok ? 'advice' : 'remedy'}: ${remedy}`,
    corrected !== undefined && `${indent}address: ${corrected}`,
    statement !== undefined && `${indent}statement: ${statement}`,
    leftOut !== undefined && `${indent}left out: ${leftOut.join(', ')}`,
  ]
    .filter((line) => line !== false)
    .map((line) => `${line}\n`)
    .join('')
}

/** What all the findings come to, as a line for a person. */
export function summaryOf(findings: readonly Finding[]): string {
  const failed = findings.filter(({ ok }) => !ok).map(({ step }) => step)
  if (failed.length === 0) return 'All is well.\n'
  const hint = exitCodeOf(findings) === 75 ? ' It may be well a little later.' : ''
  return `Not well: ${[...new Set(failed)].join(', ')}.${hint}\n`
}

/** The findings as JSON, on one line each. */
export function jsonOf(findings: readonly Finding[]): string {
  const exitCode = exitCodeOf(findings)
  const lines = findings.map((finding) => JSON.stringify(finding)).join(',\n')
  return `{"ok":${exitCode === 0},"exitCode":${exitCode},"findings":[\n${lines}\n]}\n`
}
