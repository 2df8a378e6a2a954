import { expect } from 'vitest'
import { readConfig } from '../../src/config/config.ts'
import { diagnose, type DiagnoseOptions } from '../../src/doctor/diagnose.ts'
import type { Finding } from '../../src/doctor/finding.ts'
import { jsonOf, lineOf } from '../../src/doctor/report.ts'
import { password } from './server.fixture.ts'

export interface Examination {
  findings: Finding[]
  /** What failed. */
  failed: Finding[]
  /** By its name. */
  step: (name: Finding['step']) => Finding | undefined
}

/** Lets the doctor look at an address, with these settings beside it; no password may show. */
export async function examine(
  address: string,
  settings: Record<string, string> = {},
  options: Partial<DiagnoseOptions> = {},
): Promise<Examination> {
  const {
    target,
    targetWarnings: warnings,
    database,
  } = readConfig({ NODE_ENV: 'production', DATABASE_URL: address, ...settings }, '/')
  const findings: Finding[] = []
  for await (const finding of diagnose(target, { warnings, database, ...options })) {
    findings.push(finding)
  }
  expectNoPassword(jsonOf(findings) + findings.map(lineOf).join(''))
  return {
    findings,
    failed: findings.filter(({ ok }) => !ok),
    step: (name) => findings.find(({ step }) => step === name),
  }
}

/** In no spelling, and not in part. */
export function expectNoPassword(text: string): void {
  expect(text).not.toContain(password)
  expect(text).not.toContain(encodeURIComponent(password))
  expect(text.toLowerCase()).not.toContain('canary')
}

/** Follows a remedy that is an address: the person puts the password in the place of the stars. */
export function follow(finding: Finding | undefined): string {
  const { corrected } = finding ?? {}
  expect(corrected).toContain(':***@')
  return corrected!.replace(':***@', `:${encodeURIComponent(password)}@`)
}

/** What a healthy database says. */
export async function expectHealthy(
  address: string,
  settings: Record<string, string> = {},
): Promise<Examination> {
  const examination = await examine(address, settings)
  expect(examination.failed).toEqual([])
  expect(examination.findings.length).toBeGreaterThan(7)
  return examination
}
