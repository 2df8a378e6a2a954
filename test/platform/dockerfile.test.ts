import { expectWell } from '../faults/health.fixture.ts'
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../support/client.ts'
import { freePort } from '../support/postgres.setup.ts'
import { admin } from '../support/process.ts'
import { fixtures, type Spec } from '../support/specs.ts'
import {
  buildByHand,
  inherited,
  isRoot,
  isSent,
  nodeUser,
  readDockerfile,
  root,
  type Stage,
} from './dockerfile.fixture.ts'

const text = readFileSync(join(root, 'Dockerfile'), 'utf8')
const steps = readDockerfile(text)
const of = (name: string) => steps.filter((step) => step.name === name).map((step) => step.text)

describe('the Dockerfile', () => {
  it('has the Node of package.json in both stages', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(of('ARG')).toEqual([`NODE_IMAGE=node:${devDependencies.node}-slim`])
    expect(of('FROM')).toEqual(['${NODE_IMAGE} AS build', '${NODE_IMAGE}'])
  })

  it('runs nothing that came with a package while it builds', () => {
    expect(of('RUN').filter((line) => /npm (?:ci|install)/.test(line))).toEqual([
      expect.stringContaining('npm ci --ignore-scripts'),
    ])
  })

  it('ends as an ordinary user, with a command in exec form and a health check without curl', () => {
    expect(steps.map(({ name }) => name).slice(-5)).toEqual([
      'USER',
      'RUN',
      'EXPOSE',
      'HEALTHCHECK',
      'CMD',
    ])
    expect(of('USER')).toEqual(['node'])
    expect(of('CMD')).toEqual(['["node", "dist/cli.js", "serve"]'])
    expect(of('HEALTHCHECK')[0]).toMatch(/CMD \["node", "dist\/healthcheck\.js"\]$/)
    expect(text).not.toMatch(/curl|wget/)
  })

  it('declares no volume, and needs no particular builder', () => {
    expect(of('VOLUME')).toEqual([])
    expect(text).not.toMatch(/^# *syntax=|--mount/m)
  })

  it('copies what .dockerignore lets pass, and no secret does', () => {
    const sources = of('COPY')
      .filter((line) => !line.startsWith('--from'))
      .flatMap((line) => line.split(' ').slice(0, -1))
    expect(sources.filter((source) => !isSent(source))).toEqual([])
    const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')
    expect(ignored).toContain('*')
    expect(ignored.indexOf('**/.env*')).toBeGreaterThan(ignored.lastIndexOf('!migrations/'))
  })
})

describe('the steps of the Dockerfile, done by hand in an empty folder', () => {
  let folder: string
  let stage: Stage
  let app: string
  const running = new Set<() => void>()

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-image-'))
    chmodSync(folder, 0o755)
    stage = await buildByHand(steps, folder)
    // What runs must not find what was built with.
    rmSync(join(folder, 'build'), { recursive: true })
    app = join(stage.folder, stage.workdir)
  }, 180_000)

  afterAll(() => {
    for (const kill of running) kill()
    rmSync(folder, { recursive: true, force: true })
  })

  const identity = isRoot ? { uid: nodeUser, gid: nodeUser } : {}
  const environmentOf = (more: Record<string, string>) => ({
    ...inherited(),
    ...stage.environment,
    ADMIN_USERNAME: admin.username,
    ADMIN_PASSWORD: admin.password,
    LOG_LEVEL: 'warn',
    ...more,
  })

  /** Starts what CMD starts, as the image's user. */
  async function start() {
    const port = await freePort()
    const [command = '', ...args] = stage.command
    const env = environmentOf({ PORT: String(port) })
    const child = spawn(command, args, { cwd: app, env, ...identity, stdio: 'pipe' })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => (output += data.toString()))
    const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
    const kill = () => child.kill('SIGKILL')
    running.add(kill)
    const client = createClient(`http://127.0.0.1:${port}`)
    for (let turn = 0; ; turn += 1) {
      const answer = await client.call('GET', '/health').catch(() => undefined)
      if (answer?.status === 200) break
      if (turn > 600 || child.exitCode !== null) throw new Error(`it does not start: ${output}`)
      await pause(25)
    }
    return {
      ...client,
      port,
      output: () => output,
      /** As a platform does it. */
      async stop() {
        client.close()
        child.kill('SIGTERM')
        running.delete(kill)
        return exited
      },
    }
  }

  function check(port: number) {
    const [command = '', ...args] = stage.healthcheck
    const env = environmentOf({ PORT: String(port) })
    return spawnSync(command, args, { cwd: app, env, ...identity, encoding: 'utf8' })
  }

  it(
    'give a service that keeps what it is given, over a restart',
    { timeout: 60_000 },
    async () => {
      const documents = ['openapi-3.', 'asyncapi-'].map(
        (format) =>
          fixtures('real').find(
            (spec) => spec.format?.startsWith(format) && spec.schema_valid,
          ) as Spec,
      )
      const first = await start()
      const as = await first.login(admin)
      const slugs: string[] = []
      for (const { content } of documents) {
        const response = await fetch(`http://127.0.0.1:${first.port}/api/specs`, {
          method: 'POST',
          headers: { authorization: `Bearer ${as}`, 'content-type': 'application/octet-stream' },
          body: content,
        })
        const spec = (await response.json()) as { slug: string; latest: { valid: boolean } }
        expect(response.status, JSON.stringify(spec)).toBe(201)
        expect(spec.latest.valid).toBe(true)
        slugs.push(spec.slug)
      }
      const body = { title: 'kept', body: '' }
      expect((await first.call('POST', '/api/announcements', { as, body })).status).toBe(201)
      expect(await first.stop()).toBe(0)

      const second = await start()
      for (const [index, slug] of slugs.entries()) {
        const page = await second.call('GET', `/specs/${slug}`)
        expect([page.status, page.headers['content-type']]).toEqual([
          200,
          'text/html; charset=utf-8',
        ])
        const path = `/api/specs/${slug}/versions/latest/document`
        const document = await fetch(`http://127.0.0.1:${second.port}${path}`)
        const bytes = Buffer.from(await document.arrayBuffer())
        expect(bytes.equals(documents[index]!.content)).toBe(true)
      }
      expect((await second.call('GET', '/api/announcements')).json.items).toHaveLength(1)
      expect((await second.call('GET', '/docs/swagger-ui-bundle.js')).status).toBe(200)
      expect((await second.call('GET', '/login')).status).toBe(200)
      expect((await second.call('GET', '/assets/login.js')).status).toBe(200)
      expect((await second.call('GET', '/openapi.json')).json.openapi).toBe('3.1.1')
      const document = await second.call('GET', '/api/export', { as: await second.login(admin) })
      expect(document.json.footer.rows).toMatchObject({ specs: 2, announcements: 1, users: 1 })

      const healthy = check(second.port)
      expect([healthy.status, healthy.stderr]).toEqual([0, ''])
      expectWell(JSON.parse(healthy.stdout))
      expect(await second.stop()).toBe(0)
      expect(check(second.port).status).toBe(1)
    },
  )

  it('leave in it what Node compiled, for the user that runs it', () => {
    const cache = join(app, 'dist/.cache')
    const [tag = ''] = readdirSync(cache)
    expect(tag).toMatch(/^v26\./)
    if (isRoot) expect(tag).toMatch(new RegExp(`-${nodeUser}$`))
    expect(readdirSync(join(cache, tag))).not.toEqual([])
  })

  it('leave nothing in the image that a stranger could use, nor what is not run', () => {
    expect(statSync(app).uid).toBe(process.getuid?.())
    for (const folder of ['data', 'dist/.cache'].map((name) => join(app, name))) {
      if (isRoot) expect(statSync(folder).uid).toBe(nodeUser)
      expect(statSync(folder).mode & 0o002).toBe(0)
    }
    const manifest = readFileSync(join(app, 'package.json'), 'utf8')
    expect(manifest).toBe(readFileSync(join(root, 'package.json'), 'utf8'))
    for (const name of ['src', 'node_modules/fastify', 'node_modules/esbuild', 'package-lock.json'])
      expect(() => statSync(join(app, name))).toThrow('ENOENT')
    expect(sizeOf(app)).toBeLessThan(15_000_000)
  })

  function sizeOf(path: string): number {
    const { stdout } = spawnSync('du', ['-sb', '--exclude=data', path], { encoding: 'utf8' })
    return Number(stdout.split('\t')[0])
  }

  it('are not what makes it pass: without a package that is read, nothing starts', async () => {
    const binary = join(app, 'node_modules/better-sqlite3/package.json')
    const kept = readFileSync(binary)
    rmSync(binary)
    await expect(start()).rejects.toThrow(/it does not start/)
    writeFileSync(binary, kept)
  })
})
