import { tmpdir } from 'node:os'
import type { RouteOptions } from 'fastify'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { namesOf, watchRoutes } from '../support/declarations.ts'

const config = readConfig(
  { NODE_ENV: 'test', LOG_LEVEL: 'silent', DATABASE_URL: 'sqlite::memory:' },
  tmpdir(),
  [],
)

/** Declares a route without something: the configurations are shared, so of a copy. */
type Take = (route: RouteOptions) => void

const declarations: Record<string, { of: (route: RouteOptions) => boolean; take: Take }> = {
  'who may call it': {
    of: () => true,
    take: (route) => (route.config = { ...route.config, access: undefined as never }),
  },
  'which scope an API token needs': {
    of: ({ config: declared }) => declared?.access?.who !== 'public',
    take: (route) => without(route, 'scope'),
  },
  'on which objects': {
    of: ({ url }) => url.includes(':'),
    take: (route) => without(route, 'object'),
  },
  'its action': {
    of: ({ method, config: declared }) => method !== 'GET' && declared?.action !== undefined,
    take: (route) => (route.config = { ...route.config, action: undefined as never }),
  },
}

function without(route: RouteOptions, name: 'scope' | 'object'): void {
  const access: Record<string, unknown> = { ...route.config?.access }
  delete access[name]
  route.config = { ...route.config, access: access as never }
}

/** As far as listening, and lets go of it. */
async function start(): Promise<void> {
  const app = await buildApp(config)
  try {
    await app.ready()
  } finally {
    await app.close()
  }
}

describe('a route that does not say who may do what stops the start (security 3.3)', () => {
  const routes: { name: string; has: string[] }[] = []

  beforeAll(async () => {
    await watchRoutes((route) => {
      // HEAD is made from GET, and has what that has.
      if (route.method === 'HEAD') return
      const has = Object.keys(declarations).filter((what) => declarations[what]?.of(route))
      routes.push(...namesOf(route).map((name) => ({ name, has })))
    }, start)
  })

  it.each(Object.entries(declarations))(
    'each of them, once it lacks %s',
    async (what, { take }) => {
      const concerned = routes.filter(({ has }) => has.includes(what))
      expect(concerned.length).toBeGreaterThan(10)
      for (const { name } of concerned) {
        const started = watchRoutes((route) => {
          if (namesOf(route).includes(name)) take(route)
        }, start)
        await expect(started, name).rejects.toThrow(`${name} does not declare ${what}`)
      }
    },
    120_000,
  )

  it('every route that may change something declares its action', () => {
    const changing = routes.filter(({ name }) => /^(?:POST|PUT|PATCH|DELETE) /.test(name))
    expect(changing.length).toBeGreaterThan(10)
    for (const { name, has } of changing) expect(has, name).toContain('its action')
  })
})
