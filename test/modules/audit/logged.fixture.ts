import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { buildApp } from '../../../src/app.ts'
import { readConfig } from '../../../src/config/config.ts'
import type { TestDatabase } from '../../support/databases.ts'
import { clientOf, password } from '../../support/service.ts'

/** The whole application, for one test, with all that it logs from `level` on. */
export async function startLogged(
  create: () => Promise<TestDatabase>,
  level: 'debug' | 'info' | 'warn' = 'info',
  environment: Record<string, string> = {},
) {
  const { url } = await create()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
  const config = readConfig(
    {
      NODE_ENV: 'test',
      DATABASE_URL: url,
      ADMIN_USERNAME: 'admin',
      ADMIN_PASSWORD: password,
      SQLITE_PATH: join(folder, 'unused.db'),
      ...environment,
    },
    folder,
    [],
  )
  const lines: string[] = []
  const app = await buildApp(config, { level, stream: { write: (line) => lines.push(line) } })
  onTestFinished(async () => {
    await app.close()
    rmSync(folder, { recursive: true, force: true })
  })
  await app.ready()
  await app.started
  return {
    app,
    url,
    ...clientOf(app),
    /** Its lines so far, as they were written, and as what they say. */
    log: {
      text: () => lines.join(''),
      entries: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    },
  }
}
