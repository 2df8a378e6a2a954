import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openapi, specsOf } from './modules/specs/specs.fixture.ts'
import { peopleOf, type Person } from './modules/users/people.fixture.ts'
import { bundle, removeBundles } from './support/bundle.ts'
import { runCommand, type Ended } from './support/command.ts'
import { createSqlite, databases } from './support/databases.ts'
import { password, startService, type Service } from './support/service.ts'

let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-user-commands-'))
  await bundle()
})
afterAll(() => {
  removeBundles()
  rmSync(folder, { recursive: true, force: true })
})

/** Runs `holdfast user …` with nothing in the environment but what is given. */
function holdfastUser(
  args: string[],
  environment: Record<string, string>,
  input = '',
): Promise<Ended> {
  return runCommand(['user', ...args], { folder, environment, input })
}

describe('holdfast user', () => {
  it.each([
    [[]],
    [['remove']],
    [['disable']],
    [['disable', '--username', 'ada', '--admin']],
    [['delete', '--username', 'ada', '--specs', 'keep']],
    [['delete', '--username', 'ada', '--specs', 'delete', '--transfer-to', 'bob']],
    [['delete', 'ada']],
    [['reset-password', '--username', 'ada']],
    [['reset-token', '--username', 'ada', '--password-stdin']],
    [['list', '--role', 'owner']],
  ])('ends with 2 at %j', async (args) => {
    const { url } = await createSqlite()
    const { code, stdout, stderr } = await holdfastUser(args, { DATABASE_URL: url })
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(/^holdfast: /)])
  })
})

describe.each(databases)('holdfast user on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let people: ReturnType<typeof peopleOf>
  let user: Person

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    people = peopleOf(service.app)
  })
  beforeEach(async () => {
    user = await people.make('member')
  })

  const run = (args: string[], { input = '', environment = {} } = {}) =>
    holdfastUser(args, { DATABASE_URL: service.url, ...environment }, input)
  const named = ({ username }: { username: string }) => ['--username', username.toUpperCase()]
  const isIn = async (token: string) => (await call('GET', '/api/me', { as: token })).status === 200

  /** What the audit log says of a user: the actions, all of them by nobody else than the system. */
  async function actsOn(id: string) {
    const rows = await people.auditOf(id)
    expect(new Set(rows.map(({ actorKind }) => actorKind))).toEqual(new Set(['system']))
    expect(JSON.stringify(rows)).not.toMatch(/argon2|hf_|passphrase|@/)
    return rows.map(({ action, details }) => [action, details])
  }

  it('create tells the audit log', async () => {
    const args = [
      'create',
      '--username',
      'made',
      '--password-stdin',
      '--editor',
      '--email',
      'm@x.org',
    ]
    const { code, stdout } = await run(args, { input: password })
    expect([code, stdout]).toEqual([0, 'created editor made\n'])
    const made = await service.app.storage.users.byUsername('made')
    expect(await actsOn(made?.id ?? '')).toEqual([['user.create', { role: 'editor' }]])
  })

  it('list prints a line for each, filtered, and no hash', async () => {
    const off = await people.make('editor', {
      username: 'off',
      status: 'disabled',
      email: 'o@x.org',
    })
    const all = await run(['list'])
    expect(all.code, all.stderr).toBe(0)
    expect(all.stdout).toMatch(/^admin +admin +active$/m)
    expect(all.stdout).toMatch(/^off +editor +disabled o@x\.org$/m)
    expect(all.stdout).not.toMatch(/argon2|\$/)
    const lines = all.stdout.trimEnd().split('\n')
    expect(lines).toEqual(lines.toSorted())
    const some = await run(['list', '--role', 'editor', '--status', 'disabled'])
    expect(some.stdout.trimEnd().split(/\s+/)).toEqual(['off', 'editor', 'disabled', 'o@x.org'])
    await service.app.storage.unitOfWork({}, (tx) => tx.users.remove(off.id))
  })

  it('disable shuts a user out at once, enable lets him in again', async () => {
    const api = await people.apiTokenOf(user, ['specs:read'])
    const off = await run(['disable', ...named(user)])
    expect([off.code, off.stdout]).toEqual([
      0,
      `${user.username} is disabled, and shut out everywhere\n`,
    ])
    for (const token of [user.token, api]) expect(await isIn(token)).toBe(false)
    const on = await run(['enable', ...named(user)])
    expect([on.code, on.stdout]).toEqual([0, `${user.username} is enabled\n`])
    expect(await isIn(api)).toBe(true)
    expect(await isIn(user.token)).toBe(false)
    expect(await isIn(await service.login(user.username))).toBe(true)
    expect(await actsOn(user.id)).toEqual([
      ['user.update', { fields: 'status', status: 'active → disabled' }],
      ['user.update', { fields: 'status', status: 'disabled → active' }],
    ])
  })

  it('neither disables nor deletes the last administrator', async () => {
    for (const action of ['disable', 'delete']) {
      const { code, stdout, stderr } = await run([action, '--username', 'admin'])
      expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining('Nobody else')])
    }
    expect(await service.login()).toMatch(/^hf_/)
  })

  it('delete wants to know what becomes of specs: another gets them, or they go', async () => {
    const { upload } = specsOf(service)
    const heir = await people.make('member')
    const publish = async ({ token }: Person) => {
      const slug = `by-command-${crypto.randomUUID().slice(0, 8)}`
      const document = openapi(slug)
      expect((await upload('/api/specs', document, { as: token, query: { slug } })).status).toBe(
        201,
      )
      return slug
    }
    const slug = await publish(user)
    const refused = await run(['delete', ...named(user)])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('has specs')])
    const unknown = await run(['delete', ...named(user), '--transfer-to', 'nobody'])
    expect([unknown.code, unknown.stderr]).toEqual([1, 'holdfast: there is no user nobody\n'])
    const done = await run(['delete', ...named(user), '--transfer-to', heir.username])
    const sentence = `deleted ${user.username}, and transferred specs: 1\n`
    expect([done.code, done.stdout]).toEqual([0, sentence])
    const spec = (await call('GET', `/api/specs/${slug}`)).json
    expect(spec.ownerId).toBe(heir.id)
    expect(await isIn(user.token)).toBe(false)
    expect(await actsOn(user.id)).toEqual([
      ['user.delete', { specs: 1, fate: 'transferred', announcements: 0 }],
    ])
    const acts = (await people.auditOf(spec.id)).map(({ action, actorKind }) => [action, actorKind])
    expect(acts.at(-1)).toEqual(['spec.transfer', 'system'])

    const gone = await run(['delete', ...named(heir), '--specs', 'delete'])
    expect([gone.code, gone.stdout]).toEqual([
      0,
      `deleted ${heir.username}, and deleted specs: 1\n`,
    ])
    expect((await call('GET', `/api/specs/${slug}`)).status).toBe(404)
  })

  it('reset-password ends sessions and resets, and tells the audit log', async () => {
    const token = (await run(['reset-token', ...named(user)])).stdout.split('\n', 1)[0] ?? ''
    const session = await people.sessionOf(user)
    const input = 'by command a passphrase\n'
    const { code, stdout } = await run(['reset-password', ...named(user), '--password-stdin'], {
      input,
    })
    expect([code, stdout]).toEqual([
      0,
      `${user.username} has a new password, and is logged out everywhere\n`,
    ])
    expect(await isIn(session)).toBe(false)
    expect(await service.login(user.username, input.trimEnd())).toMatch(/^hf_/)
    const body = { token, password: 'another long passphrase 7' }
    expect((await call('POST', '/api/auth/reset', { body })).status).toBe(410)
    expect((await actsOn(user.id)).map(([action]) => action)).toEqual([
      'user.reset',
      'password.reset',
    ])
  })

  it('reset-token prints what sets a password once, and where, if that is known', async () => {
    const plain = await run(['reset-token', ...named(user)])
    expect(plain.stdout).toMatch(/^hf_reset_[\w-]{43}\nuntil 20\d\d-\S+Z\n$/)
    expect(await isIn(user.token)).toBe(false)
    const environment = { PUBLIC_URL: 'https://specs.example' }
    const { stdout } = await run(['reset-token', ...named(user)], { environment })
    const [token = '', link] = stdout.split('\n')
    expect(link).toBe(`https://specs.example/reset#${token}`)
    const reset = { token, password: 'another long passphrase 7' }
    expect((await call('POST', '/api/auth/reset', { body: reset })).status).toBe(204)
    expect((await call('POST', '/api/auth/reset', { body: reset })).status).toBe(410)
    await run(['disable', ...named(user)])
    const off = await run(['reset-token', ...named(user)])
    expect([off.code, off.stdout]).toEqual([1, ''])
  })

  it.each(['disable', 'enable', 'delete', 'reset-token'])(
    '%s says whom it does not know',
    async (action) => {
      const { code, stderr } = await run([action, '--username', 'Nobody'])
      expect([code, stderr]).toEqual([1, 'holdfast: there is no user nobody\n'])
    },
  )
})
