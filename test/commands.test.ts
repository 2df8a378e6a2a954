import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readMigrations } from '../src/database/migrations/manifest.ts'
import { newAnnouncement } from '../src/modules/announcements/announcement.ts'
import { newUser } from '../src/modules/users/new-user.ts'
import type { Spec, Version } from '../src/modules/specs/specs.schemas.ts'
import { bundle, removeBundles } from './support/bundle.ts'
import { runCommand, type Ended } from './support/command.ts'
import { createPostgres, createSqlite, databases } from './support/databases.ts'
import { clientOf, password, startApp, startInstance } from './support/service.ts'

let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-commands-'))
  await bundle()
})
afterAll(() => {
  removeBundles()
  rmSync(folder, { recursive: true, force: true })
})

/** Runs the command line with nothing in the environment but a file of its own, and what is given. */
function holdfast(
  args: string[],
  environment: Record<string, string> = {},
  input = '',
): Promise<Ended> {
  const own = { SQLITE_PATH: join(folder, 'data', 'x.db') }
  return runCommand(args, { folder, environment: { ...own, ...environment }, input })
}

describe('holdfast', () => {
  it('tells its commands, and of each what it takes', async () => {
    const { code, stdout } = await holdfast(['--help'])
    expect(code).toBe(0)
    for (const command of ['serve', 'migrate', 'export', 'import', 'user', 'specs', 'seed']) {
      expect(stdout).toContain(command)
      const help = await holdfast([command, '--help'])
      expect([help.code, help.stdout]).toEqual([0, expect.stringContaining(`holdfast ${command}`)])
    }
  })

  it.each([
    [['nonsense']],
    [['migrate', 'backwards']],
    [['migrate', '--fast']],
    [['export', 'a', 'b']],
    [['import']],
    [['import', 'a', '--mode', 'append']],
    [['user', 'create']],
    [['user', 'create', '--username', 'ada']],
    [['constructor']],
    [['toString', '--help']],
    [['user', 'constructor', '--username', 'ada', '--password-stdin']],
    [['serve', '--port', '9']],
    [['serve', 'now']],
    [['seed', 'extra']],
    [['seed', '--many']],
  ])('ends with 2 at %j', async (args) => {
    const { code, stderr } = await holdfast(args)
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^holdfast: /)])
  })

  it('ends with 78 when the configuration is wrong, with 75 when the database is away', async () => {
    const wrong = await holdfast(['migrate'], { PORT: 'canary', DATABASE_URL: 'canary://canary' })
    expect(wrong.code).toBe(78)
    expect(wrong.stderr).toContain('PORT')
    expect(wrong.stderr).toContain('DATABASE_URL')
    expect(wrong.stderr).not.toContain('canary')
    const away = await holdfast(['migrate'], { DATABASE_URL: 'postgres://u:canary@127.0.0.1:9/d' })
    expect([away.code, away.stderr.includes('canary')]).toEqual([75, false])
  })
})

describe('holdfast serve', () => {
  it('ends with 1 when its port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as AddressInfo
    const { url } = await createSqlite()
    const environment = { DATABASE_URL: url, HOST: '127.0.0.1', PORT: String(port) }
    const { code, stdout } = await holdfast(['serve'], environment)
    expect([code, stdout.includes('EADDRINUSE')]).toEqual([1, true])
    holder.close()
  })

  it('ends with 78 when its role may not create tables, and says what to grant', async () => {
    const { url } = await createPostgres()
    const role = `weak_${randomBytes(4).toString('hex')}`
    const sql = postgres(url, { max: 1, onnotice: () => undefined })
    await sql.unsafe(`create role ${role} login password 'canary'`)
    const weak = new URL(url)
    weak.username = role
    weak.password = 'canary'
    for (const command of ['serve', 'migrate']) {
      const ended = await holdfast([command], { DATABASE_URL: weak.href, PORT: '0' })
      expect(ended.code, command).toBe(78)
      expect(ended.stdout + ended.stderr).toContain('CREATE on the schema')
      expect(ended.stdout + ended.stderr).not.toContain('canary')
    }
    await sql.unsafe(`drop role ${role}`)
    await sql.end()
  })
})

describe('an export', () => {
  it('of a SQLite file that is not there ends with 65, and creates nothing', async () => {
    const missing = join(folder, 'missing', 'x.db')
    const file = join(folder, 'backup.json')
    for (const args of [['export', file], ['export']]) {
      const { code, stdout, stderr } = await holdfast(args, { SQLITE_PATH: missing })
      expect([code, stdout, stderr]).toEqual([65, '', expect.stringContaining(missing)])
    }
    expect([file, `${file}.unfinished`, join(folder, 'missing')].filter(existsSync)).toEqual([])
  })

  it('that nobody reads to its end ends without a word, and not with 0', async () => {
    const { url } = await createSqlite()
    const app = await startApp({ DATABASE_URL: url })
    await app.started
    const author = await newUser({ username: 'ada', password, role: 'editor' })
    await app.storage.unitOfWork({}, async (tx) => {
      await tx.users.create(author)
      for (let rows = 0; rows < 100; rows++) {
        const given = { title: 'long', body: 'x'.repeat(20_000) }
        await tx.announcements.create(newAnnouncement(given, author.id))
      }
    })
    const child = spawn(process.execPath, [await bundle(), 'export'], {
      env: { PATH: process.env.PATH, DATABASE_URL: url },
    })
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect([code, stderr]).toEqual([1, ''])
  })
})

describe('an import', () => {
  it.each([
    ['is not there', 'nonexistent', 'ENOENT'],
    ['is a folder', '.', 'EISDIR'],
  ])('of a file that %s ends with 1 and one sentence', async (_what, name, reason) => {
    const { url } = await createSqlite()
    const path = join(folder, name)
    const { code, stderr } = await holdfast(['import', path], { DATABASE_URL: url })
    expect([code, stderr]).toEqual([1, `holdfast: ${path} cannot be read (${reason})\n`])
  })
})

describe.each(databases)('the commands on $engine', ({ create, engine }) => {
  it('migrate tells, rehearses, applies, and finds nothing to do', async () => {
    const { url } = await create()
    const run = (...args: string[]) => holdfast(['migrate', ...args], { DATABASE_URL: url })
    const names = readMigrations(engine).map(({ name }) => name)
    const each = (verb: string) => names.map((name) => `${verb} ${name}\n`).join('')
    expect((await run('status')).stdout).toBe(each('pending '))
    expect((await run('--dry-run')).stdout).toBe(each('would apply'))
    expect((await run('status')).stdout).toBe(each('pending '))
    expect((await run()).stdout).toBe(each('applied'))
    expect((await run()).stdout).toBe(`nothing to do: at ${names.at(-1)}\n`)
    const lines = (await run('status')).stdout.trimEnd().split('\n')
    expect(lines.map((line) => line.replace(/\d{4}-.+Z$/, 'TIME'))).toEqual(
      names.map((name) => `applied  ${name}  TIME`),
    )
  })

  it('user create reads the password from standard input, and makes someone who can log in', async () => {
    const { url } = await create()
    const environment = { DATABASE_URL: url }
    const args = ['user', 'create', '--admin', '--username', 'Ada', '--password-stdin']
    const made = await holdfast(args, environment, `${password}\n`)
    expect([made.code, made.stdout]).toEqual([0, 'created admin ada\n'])
    const again = await holdfast(args, environment, password)
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('of this name')])
    const short = await holdfast(args, environment, 'short')
    expect(short.code).toBe(1)
    for (const email of [
      '',
      'nobody',
      'a\u0001b@example.org',
      'a b@example.org',
      'é@example.org',
    ]) {
      const bad = [...args.slice(0, 4), 'bob', '--password-stdin', '--email', email]
      const { code, stderr } = await holdfast(bad, environment, password)
      expect([code, stderr], email).toEqual([1, expect.stringContaining('An e-mail address is')])
    }
    const folded = ['--email', ' Ada@Example.ORG ']
    const second = [...args.slice(0, 4), 'bob', '--password-stdin', ...folded]
    expect((await holdfast(second, environment, password)).code).toBe(0)
    const app = await startApp(environment)
    await app.started
    expect(await clientOf(app).login('ada')).toMatch(/^hf_/)
    expect((await app.storage.users.byUsername('bob'))?.email).toBe('ada@example.org')
  })

  it('user reset-password gives a new password, and ends every session', async () => {
    const { url } = await create()
    const { call, login } = await startInstance(url)
    const token = await login()
    const other = 'another long passphrase'
    const reset = (username: string, secret: string) => {
      const args = ['user', 'reset-password', '--username', username, '--password-stdin']
      return holdfast(args, { DATABASE_URL: url }, secret)
    }
    expect((await reset('nobody', other)).code).toBe(1)
    expect((await reset('admin', 'short')).code).toBe(1)
    expect((await call('GET', '/api/me', { as: token })).status).toBe(200)
    expect((await reset('Admin', other)).code).toBe(0)
    expect((await call('GET', '/api/me', { as: token })).status).toBe(401)
    await expect(login()).rejects.toThrow('401')
    expect(await login('admin', other)).toMatch(/^hf_/)
  })

  it('seed fills an empty database, once', async () => {
    const { url } = await create()
    const seeded = await holdfast(['seed'], { DATABASE_URL: url })
    expect(seeded.code, seeded.stderr).toBe(0)
    const secret = /password of each: (\S+)/.exec(seeded.stdout)?.[1]
    const again = await holdfast(['seed'], { DATABASE_URL: url })
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('has users')])
    const client = await startInstance(url)
    const token = await client.login('ada', secret)
    const list = await client.call('GET', '/api/announcements?active=false', { as: token })
    expect(list.json.items).toHaveLength(6)

    const specs = await client.call('GET', '/api/specs?sort=title', { as: token })
    const shown = specs.json.items.map(({ slug, latest }: Spec) => [slug, latest?.valid])
    expect(shown).toEqual([
      ['invoices', true],
      ['office-doors', true],
      ['parcel-tracking', true],
      ['town-library', true],
      ['weather-station', undefined],
    ])
    const versions = await client.call('GET', '/api/specs/invoices/versions')
    expect(versions.json.items.map(({ version }: Version) => version)).toEqual(['1.1.0', '1.0.0'])
    const open = await client.call('GET', '/api/specs')
    expect(open.json.items.map(({ slug }: Spec) => slug)).toEqual([
      'parcel-tracking',
      'invoices',
      'town-library',
    ])
  })

  it('import refuses what is sealed under a key that it has not, and names it', async () => {
    const environment = { DATABASE_URL: (await create()).url }
    await holdfast(['seed'], environment)
    const sealed = join(folder, `${engine}.sealed.json`)
    const keys = (byte: string) => ({
      ...environment,
      SECRET_KEYS: `of-${byte}:${byte.repeat(32)}`,
    })
    expect((await holdfast(['export', sealed], keys('aa'))).code).toBe(0)
    const closed = await holdfast(['import', sealed], keys('bb'))
    expect([closed.code, closed.stderr]).toEqual([
      65,
      expect.stringMatching(/import_unknown_key: .* key of-aa, .* \(users\)\n$/),
    ])
  })

  it('import refuses what is not whole with 65, and replaces with a copy', async () => {
    const { url } = await create()
    const environment = { DATABASE_URL: url }
    await holdfast(['seed'], environment)
    const file = join(folder, `${engine}.json`)
    expect((await holdfast(['export', file], environment)).code).toBe(0)
    const text = readFileSync(file, 'utf8')
    const whole = await holdfast(['export', '--include', 'history'], environment)
    writeFileSync(`${file}.cut`, text.slice(0, -100))
    const cut = await holdfast(['import', `${file}.cut`], environment)
    expect([cut.code, cut.stderr]).toEqual([65, expect.stringContaining('import_incomplete')])

    const replaced = await holdfast(['import', file, '--mode', 'replace'], environment)
    expect(replaced.code, replaced.stderr).toBe(0)
    const { safetyCopy } = JSON.parse(replaced.stdout)
    expect(gunzipSync(readFileSync(safetyCopy)).toString()).toBe(whole.stdout)
    expect((await holdfast(['export'], environment)).stdout).toBe(text)
  })
})

describe('the move between engines, by command', () => {
  it('gives the same bytes there and back', async () => {
    const [home, server, back] = [
      await createSqlite(),
      await createPostgres(),
      await createSqlite(),
    ]
    await holdfast(['seed'], { DATABASE_URL: home.url })
    const files = ['1.json', '2.json', '3.json'].map((name) => join(folder, name))
    const targets = [home, server, back]
    for (const [i, { url }] of targets.entries()) {
      const environment = { DATABASE_URL: url }
      if (i > 0) {
        const imported = await holdfast(['import', files[i - 1] ?? ''], environment)
        expect(imported.code, imported.stderr).toBe(0)
      }
      expect((await holdfast(['export', files[i] ?? ''], environment)).code).toBe(0)
    }
    const [first, ...others] = files.map((file) => readFileSync(file, 'utf8'))
    for (const other of others) expect(other).toBe(first)
    expect(readdirSync(folder).filter((name) => name.endsWith('.unfinished'))).toEqual([])
  })
})
