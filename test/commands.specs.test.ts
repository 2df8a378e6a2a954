import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Outcome } from '../src/commands/specs/spec.upload.ts'
import type { Totals } from '../src/commands/specs/push.report.ts'
import { slugsOf } from '../src/commands/specs/files.slugs.ts'
import { bundle, removeBundles } from './support/bundle.ts'
import { databases, type TestDatabase } from './support/databases.ts'
import { freePort } from './support/postgres.setup.ts'
import { startProxy } from './support/proxy.ts'
import { startService } from './support/service.ts'
import { complete, fixtures, specs, type Spec } from './support/specs.ts'
import { report, trials } from './support/trials.ts'

interface Result {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

interface PushOptions {
  url: string
  token?: string | undefined
  environment?: Record<string, string>
  input?: string
  /** Milliseconds after which it gets a signal. */
  interrupt?: { signal: NodeJS.Signals; afterMs: number }
}

let home: string
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-push-'))
  await bundle()
})
afterAll(() => {
  removeBundles()
  rmSync(home, { recursive: true, force: true })
})

/** Runs `holdfast specs …` as a user would, with nothing in the environment but what is given. */
async function holdfastSpecs(
  args: string[],
  { token, environment, input = '', interrupt }: Partial<PushOptions> = {},
): Promise<Result> {
  const file = await bundle()
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file, 'specs', ...args], {
      cwd: home,
      env: {
        PATH: process.env.PATH,
        ...(token !== undefined && { HOLDFAST_TOKEN: token }),
        ...environment,
      },
    })
    const texts = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => (texts[name] += text))
    }
    child.stdin.end(input)
    if (interrupt) setTimeout(() => child.kill(interrupt.signal), interrupt.afterMs)
    child.once('close', (code, signal) => resolve({ code, signal, ...texts }))
  })
}

const push = (folder: string, { url, ...options }: PushOptions, ...args: string[]) =>
  holdfastSpecs(['push', folder, '--url', url, '--json', ...args], options)

interface Report {
  files: Outcome[]
  totals: Totals
}

const reportOf = ({ stdout }: Result): Report => JSON.parse(stdout)

/** What there is some of. */
function counted({ totals }: Report): Partial<Totals> {
  return Object.fromEntries(Object.entries(totals).filter(([, count]) => count > 0))
}

/** A new folder with files in it. */
function folderOf(files: Record<string, string | Buffer>): string {
  const folder = mkdtempSync(join(home, 'folder-'))
  for (const [path, content] of Object.entries(files)) put(folder, path, content)
  return folder
}

function put(folder: string, path: string, content: string | Buffer) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), content)
}

const filesOf = (descriptions: Spec[]) =>
  Object.fromEntries(descriptions.map(({ file, content }) => [file, content]))

const document = (title: string, version = '1.0.0') =>
  JSON.stringify({ openapi: '3.0.3', info: { title, version }, paths: {} })

/** The service on a port, as the command needs it. */
async function listen(
  create: () => Promise<TestDatabase>,
  environment: Record<string, string> = {},
) {
  const service = await startService(create, environment)
  await service.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = service.app.server.address() as AddressInfo
  return { ...service, port, url: `http://127.0.0.1:${port}`, token: await service.login() }
}

describe('holdfast specs', () => {
  it.each([
    [[]],
    [['pull', '.']],
    [['push']],
    [['push', 'a', 'b']],
    [['push', '.', '--visibility', 'secret']],
    [['push', '.', '--parallel', '0']],
    [['push', '.', '--parallel', '17']],
    [['push', '.', '--parallel', 'four']],
    [['push', '.', '--tags', 'Not A Tag']],
    [['push', '.', '--url', 'localhost:3000']],
    [['push', '.', '--url', 'ftp://localhost']],
    [['push', '.', '--url', 'http://user:canary@localhost']],
    [['push', '.', '--everything']],
  ])('ends with 2 at %j', async (args) => {
    const { code, stdout, stderr } = await holdfastSpecs(args, { token: 'hf_x' })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^holdfast: /)
    expect(stderr).not.toContain('canary')
  })

  it('takes no token on the command line, and says why', async () => {
    for (const args of [['--token', 'hf_canary'], ['--token=hf_canary']]) {
      const { code, stderr } = await holdfastSpecs(['push', '.', ...args])
      expect([code, stderr]).toEqual([2, expect.stringContaining('can read a command line')])
      expect(stderr).not.toContain('canary')
    }
  })

  it('wants a token that can be one', async () => {
    const none = await holdfastSpecs(['push', '.'])
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('HOLDFAST_TOKEN')])
    for (const [token, input, args] of [
      ['hf canary', '', []],
      [undefined, 'hf_\u0000canary', ['--token-stdin']],
      [undefined, '', ['--token-stdin']],
    ] as const) {
      const { code, stderr } = await holdfastSpecs(['push', '.', ...args], { token, input })
      expect([code, stderr.includes('canary')]).toEqual([2, false])
    }
  })

  it('ends with 1 when the folder is not there, or holds nothing', async () => {
    for (const folder of [join(home, 'none'), folderOf({ 'readme.md': '# Nothing' })]) {
      const { code, stderr } = await holdfastSpecs(['push', folder], { token: 'hf_x' })
      expect([code, stderr]).toEqual([1, expect.stringContaining(folder)])
    }
  })

  it('ends with 75 when the service cannot be reached', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    const { code, stdout, stderr } = await push(folderOf({ 'a.json': '{}' }), {
      url,
      token: 'hf_x',
    })
    expect([code, stdout]).toEqual([75, ''])
    expect(stderr).toBe(`holdfast: ${url} cannot be reached: ECONNREFUSED\n`)
  })
})

describe.each(databases)('holdfast specs push, to a service on $engine,', ({ create }) => {
  let service: Awaited<ReturnType<typeof listen>>
  let member: string
  beforeAll(async () => {
    service = await listen(create)
    member = await service.tokenOf('member', 'member')
  })

  const versionsOf = async (slug: string, as = service.token) =>
    (await service.call('GET', `/api/specs/${slug}/versions`, { as })).json.items as {
      version: string
      sha256: string
    }[]

  it('adds every file as a spec of its own, and nothing the second time', async () => {
    const descriptions = fixtures('real')
    const folder = folderOf(filesOf(descriptions))
    const first = await push(folder, service, '--tags', 'real,fixture')
    expect(first.code, first.stderr).toBe(0)
    expect(counted(reportOf(first))).toEqual({ added: descriptions.length })

    const slugs = slugsOf(descriptions.map(({ file }) => file).sort())
    for (const { file, sha256 } of descriptions) {
      const { json } = await service.call('GET', `/api/specs/${slugs.get(file)}`)
      expect([json.tags, json.visibility]).toEqual([['real', 'fixture'], 'public'])
      expect(json.latest.sha256).toBe(sha256)
    }

    const again = await push(folder, service)
    expect([again.code, counted(reportOf(again))]).toEqual([0, { unchanged: descriptions.length }])
    for (const slug of slugs.values()) expect(await versionsOf(slug)).toHaveLength(1)
  })

  it('adds a file that has changed as a further version, and takes one that was there before', async () => {
    const folder = folderOf({ 'kept.json': document('Kept'), 'changed.json': document('Before') })
    expect((await push(folder, service)).code).toBe(0)
    put(folder, 'changed.json', document('After', '2.0.0'))
    const changed = await push(folder, service)
    expect(reportOf(changed).files).toEqual([
      { path: 'changed.json', slug: 'changed', fate: 'new version', version: '2.0.0' },
      { path: 'kept.json', slug: 'kept', fate: 'unchanged', version: '1.0.0' },
    ])
    put(folder, 'changed.json', document('Before'))
    const back = await push(folder, service)
    expect(reportOf(back).files[0]).toMatchObject({ fate: 'unchanged', version: '1.0.0' })
    expect((await versionsOf('changed')).map(({ version }) => version)).toEqual(['2.0.0', '1.0.0'])
  })

  it('adds again what was deleted meanwhile', async () => {
    const folder = folderOf({ 'gone.json': document('Gone') })
    expect((await push(folder, service)).code).toBe(0)
    await service.call('DELETE', '/api/specs/gone', { as: service.token })
    const again = await push(folder, service)
    expect(counted(reportOf(again))).toEqual({ added: 1 })
    expect((await service.call('GET', '/api/specs/gone')).status).toBe(200)
  })

  it('makes private specs when asked, and leaves those that are there as they are', async () => {
    const folder = folderOf({ 'inside.json': document('Inside') })
    await push(folder, { ...service, token: member }, '--visibility', 'private')
    expect((await service.call('GET', '/api/specs/inside')).status).toBe(404)
    await push(folder, { ...service, token: member }, '--visibility', 'public', '--tags', 'new')
    const { json } = await service.call('GET', '/api/specs/inside', { as: member })
    expect([json.visibility, json.tags]).toEqual(['private', []])
  })

  it('tells what was refused, with its reason, and brings the rest', async () => {
    const folder = folderOf({
      'broken.json': '{"openapi": "3.0.3", "info": {',
      'good.json': document('Good'),
      'none.yaml': 'just: some\nyaml: file\n',
      'huge.json': '',
    })
    truncateSync(join(folder, 'huge.json'), 16 * 1024 * 1024 + 1)
    symlinkSync(join(folder, 'nowhere'), join(folder, 'away.json'))
    const pushed = await push(folder, service)
    expect(pushed.code).toBe(1)
    expect(reportOf(pushed).files).toMatchObject([
      { path: 'away.json', fate: 'failed', code: 'unreadable' },
      { path: 'broken.json', fate: 'refused', code: 'not_parsable' },
      { path: 'good.json', fate: 'added' },
      { path: 'huge.json', fate: 'refused', code: 'file_too_large' },
      { path: 'none.yaml', fate: 'refused', code: 'not_a_description' },
    ])
    expect(reportOf(pushed).files[1]?.detail).toContain('line 1')
    expect(pushed.stderr).toContain('4 of 5 files were refused or failed')
    for (const slug of ['broken', 'none', 'huge']) {
      expect((await service.call('GET', `/api/specs/${slug}`)).status).toBe(404)
    }
  })

  it('tells of a file that the service finds too large, and brings the rest', async () => {
    const large = `{"openapi":"3.0.3","info":{"title":"${'x'.repeat(9 * 1024 * 1024)}"}}`
    const folder = folderOf({ 'large.json': large, 'small.json': document('Small') })
    const pushed = await push(folder, service)
    expect([pushed.code, counted(reportOf(pushed))]).toEqual([1, { refused: 1, added: 1 }])
    expect(reportOf(pushed).files[0]).toMatchObject({ code: 'body_too_large' })
  })

  it('leaves what belongs to somebody else as it is', async () => {
    const [mine, ...theirs] = [document('Mine'), document('Theirs'), document('Theirs, private')]
    await push(folderOf({ 'theirs.json': theirs[0] }), service)
    await push(folderOf({ 'hidden.json': theirs[1] }), service, '--visibility', 'private')
    const folder = folderOf({ 'theirs.json': mine, 'hidden.json': mine, 'mine.json': mine })
    const pushed = await push(folder, { ...service, token: member })
    expect(pushed.code).toBe(1)
    expect(reportOf(pushed).files).toMatchObject([
      { path: 'hidden.json', fate: 'refused', code: 'slug_taken' },
      { path: 'mine.json', fate: 'added' },
      { path: 'theirs.json', fate: 'refused', code: 'slug_taken' },
    ])
    for (const slug of ['theirs', 'hidden']) expect(await versionsOf(slug)).toHaveLength(1)
    // Nor is it said to be there unchanged.
    const same = await push(folderOf({ 'theirs.json': theirs[0] }), { ...service, token: member })
    expect(counted(reportOf(same))).toEqual({ refused: 1 })
  })

  it('goes slower where requests are limited, and brings everything', async () => {
    const limited = await listen(create, { RATE_LIMIT_UPLOADS: '30', RATE_LIMIT_READS: '30' })
    const names = Array.from({ length: 31 }, (_, i) => `limited-${i}.json`)
    const folder = folderOf(Object.fromEntries(names.map((name) => [name, document(name)])))
    const startedAt = performance.now()
    const pushed = await push(folder, limited, '--parallel', '8')
    expect([pushed.code, counted(reportOf(pushed))]).toEqual([0, { added: 31 }])
    // One comes back every two seconds.
    expect(performance.now() - startedAt).toBeGreaterThan(1500)
  })

  it('brings what there is room for, where there is a quota', async () => {
    const limited = await listen(create, { QUOTA_SPECS: '2' })
    const token = await limited.tokenOf('member')
    const folder = folderOf({ 'a.json': document('A'), 'b.json': document('B') })
    expect((await push(folder, { ...limited, token })).code).toBe(0)
    put(folder, 'b.json', document('B', '2.0.0'))
    put(folder, 'c.json', document('C'))
    const pushed = await push(folder, { ...limited, token })
    expect(pushed.code).toBe(1)
    expect(reportOf(pushed).files).toMatchObject([
      { path: 'a.json', fate: 'unchanged' },
      { path: 'b.json', fate: 'new version' },
      { path: 'c.json', fate: 'refused', code: 'quota_exceeded' },
    ])
  })

  it('ends at once when the token is not taken', async () => {
    const folder = folderOf({ 'secret.json': document('Secret') })
    const pushed = await push(folder, { ...service, token: 'hf_canary' })
    expect([pushed.code, pushed.stdout]).toEqual([1, ''])
    expect(pushed.stderr).toContain('does not take the token (401')
    expect(pushed.stderr).not.toContain('canary')
    expect((await service.call('GET', '/api/specs/secret', { as: service.token })).status).toBe(404)
  })

  it('takes the token from standard input', async () => {
    const folder = folderOf({ 'stdin.json': document('Standard input') })
    const options = { url: service.url, input: `${service.token}\n` }
    const pushed = await push(folder, options, '--token-stdin')
    expect([pushed.code, counted(reportOf(pushed))]).toEqual([0, { added: 1 }])
  })

  it('tells people on standard output what became of each file, without colours', async () => {
    const folder = folderOf({ 'b/one.json': document('One'), 'a.json': '[]' })
    const { url, token } = service
    const { code, stdout, stderr } = await holdfastSpecs(['push', folder, '--url', url], { token })
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^refused {5}a\.json as a: not_a_description, .+\nadded {7}b\/one\.json as b-one \(1\.0\.0\)\n2 files: 1 added, 1 refused\n$/,
    )
    expect(stderr).toContain('2/2 ')
    expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]/u)
  })

  it('ends quietly when nobody reads what it says any more', async () => {
    const folder = folderOf({ 'pipe.json': document('Pipe') })
    const { url, token } = service
    const file = await bundle()
    const ended = await new Promise((resolve) => {
      const command = `"${process.execPath}" "${file}" specs push "${folder}" --url ${url} | true`
      const child = spawn('sh', ['-c', command], { env: { ...process.env, HOLDFAST_TOKEN: token } })
      let stderr = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
      child.once('close', (code) => resolve([code, stderr.includes('EPIPE')]))
    })
    expect(ended).toEqual([0, false])
  })

  it('brings each file once, though every third answer is lost', async () => {
    const files = Array.from({ length: 20 }, (_, n) => [`lossy-${n}.json`, document(`Lossy ${n}`)])
    const proxy = await startProxy({ port: service.port })
    let answers = 0
    proxy.cutAnswers(() => (answers += 1) % 3 === 0)
    const url = `http://127.0.0.1:${proxy.port}`
    const pushed = await push(folderOf(Object.fromEntries(files)), { ...service, url })
    await proxy.close()
    expect(pushed.code, pushed.stderr).toBe(0)
    expect(counted(reportOf(pushed))).toEqual({ added: 20 })
    for (let n = 0; n < 20; n += 1) expect(await versionsOf(`lossy-${n}`)).toHaveLength(1)
  })
})

describe.each(databases)('a push to a service on $engine that is interrupted', ({ create }) => {
  it('brings every spec once when it is repeated', async () => {
    const descriptions = specs('real')
    const slugs = slugsOf(descriptions.map(({ file }) => file).sort())
    const folder = folderOf(filesOf(descriptions))
    const shortMs = complete ? 2500 : 600
    const figures = { runs: 0, SIGINT: 0, SIGKILL: 0, ended: 0 }

    for (let trial = 0; trial < trials(1); trial += 1) {
      const service = await listen(create)
      for (let done = false, run = 0; !done; run += 1) {
        const signal = Math.random() < 0.5 ? 'SIGINT' : 'SIGKILL'
        // Later from run to run: however slow the machine is, one gets through.
        const afterMs = 200 + Math.random() * (shortMs + run * 200)
        const { url, token } = service
        const pushed = await push(folder, { url, token, interrupt: { signal, afterMs } })
        figures.runs += 1
        done = pushed.code === 0
        if (done) figures.ended += 1
        else figures[signal] += 1
        expect([0, 130, null]).toContain(pushed.code)
        if (pushed.code === 130) expect(pushed.stderr).toContain('interrupted')
        if (pushed.signal !== null) continue
        const { files } = reportOf(pushed)
        expect(files).toHaveLength(descriptions.length)
        expect(files.filter(({ fate }) => fate === 'refused' || fate === 'failed')).toEqual([])
      }
      const last = reportOf(await push(folder, service))
      expect(counted(last)).toEqual({ unchanged: descriptions.length })
      for (const { file, content } of descriptions) {
        const path = `/api/specs/${slugs.get(file)}/versions`
        const { json } = await service.call('GET', path, { as: service.token })
        expect(json.items, file).toHaveLength(1)
        const sha256 = createHash('sha256').update(content).digest('hex')
        expect(json.items[0].sha256, file).toBe(sha256)
      }
      await service.app.close()
    }
    report(`interrupted pushes of ${descriptions.length}`, figures)
  }, 600_000)
})
