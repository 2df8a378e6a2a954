import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

/** A line, and a file that it must not stand in. */
const violations: [file: string, line: string][] = [
  ['src/plugins/a.ts', "import 'drizzle-orm'"],
  ['src/plugins/b.ts', "import '../database/postgres/pool.ts'"],
  ['src/plugins/c.ts', "import '../modules/users/users.repository.ts'"],
  ['src/modules/users/users.routes.ts', "import 'postgres'"],
  ['src/modules/users/users.page.ts', "import '../sessions/sessions.routes.ts'"],
  ['src/modules/users/users.schemas.ts', "import '../sessions/sessions.repository.ts'"],
  ['src/modules/users/users.repository.ts', "import 'fastify'"],
  ['src/modules/users/roles.repository.ts', "import 'drizzle-orm/pg-proxy'"],
  ['src/modules/users/names.repository.ts', "import '../../plugins/auth.ts'"],
  ['src/database/a.ts', "import '../config/config.ts'"],
  ['src/database/postgres/b.ts', "import '../../modules/users/users.repository.ts'"],
  ['src/database/sqlite/c.ts', "import 'fastify'"],
  ['src/portability/a.ts', "import '../database/sqlite/writer.ts'"],
  ['src/portability/import/b.ts', "import '../../modules/users/users.repository.ts'"],
  ['src/portability/c.ts', "import 'better-sqlite3'"],
  ['src/doctor/a.ts', "import '../config/config.ts'"],
  ['src/doctor/postgres/b.ts', "import 'postgres'"],
  ['src/browser/a.ts', "import '../modules/users/users.schemas.ts'"],
  ['src/browser/admin/b.ts', "import 'node:fs'"],
  ['src/server.ts', 'export const port = process.env.PORT'],
  ['src/start.ts', "import { env } from 'node:process'"],
]

describe('the linter', () => {
  let folder: string
  let findings: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-boundaries-'))
    copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
    for (const [file, line] of violations) put(file, line)
    put('src/database/sqlite/clean.ts', "import 'better-sqlite3'")
    findings = lint()
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function put(file: string, line: string) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), `${line}\n`)
  }

  function lint(): string {
    try {
      return execFileSync(join(root, 'node_modules', '.bin', 'oxlint'), ['--format=unix'], {
        cwd: folder,
        encoding: 'utf8',
      })
    } catch (error) {
      return (error as { stdout: string }).stdout
    }
  }

  it.each(violations)('lets %s have no line: %s', (file) => {
    expect(findings).toContain(file)
  })

  it('lets the dialects have their drivers', () => {
    expect(findings).not.toContain('clean.ts')
  })
})
