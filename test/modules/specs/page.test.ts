import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { startService, type Service } from '../../support/service.ts'
import { findBrowser, startBrowser, type Browser, type Page } from './page.browser.ts'
import { attacksOn, benignDocument, hostileDocument } from './page.documents.ts'

const asyncapi = {
  asyncapi: '2.6.0',
  info: { title: 'Lights', version: '1' },
  channels: {
    'light/measured': {
      publish: { operationId: 'measured', summary: 'Inform of the light', message: { name: 'm' } },
      subscribe: { operationId: 'dim', message: { name: 'd' } },
    },
  },
}

const policy = (headers: Record<string, string | undefined>) =>
  new Map(
    (headers['content-security-policy'] ?? '').split('; ').map((directive) => {
      const [name = '', ...values] = directive.split(' ')
      return [name, values.join(' ')]
    }),
  )

/** The document that a page carries, as a browser takes it out. */
function embeddedIn(html: string): string {
  const [, json = ''] =
    /<script type="application\/json" id="document">([^<]*)<\/script>/.exec(html) ?? []
  return JSON.parse(json)
}

async function publish(service: Service, slug: string, content: string | object, query = '') {
  const answer = await service.call('POST', `/api/specs?slug=${slug}${query}`, {
    as: await service.login(),
    headers: { 'content-type': 'application/octet-stream' },
    body: typeof content === 'string' ? content : JSON.stringify(content),
  })
  expect(answer.status, answer.text).toBe(201)
  return answer.json
}

describe.each(databases)('the page of a spec on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let member: string

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    member = await service.tokenOf('member')
    await publish(service, 'museum', benignDocument, '&tags=culture')
  })

  it('shows a guest all about it without a script', async () => {
    const { status, headers, text } = await call('GET', '/specs/museum')
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    for (const expected of [
      '<title>Museum API 1.0.0</title>',
      '<h1><bdi>Museum API</bdi></h1>',
      'OpenAPI 3.1',
      'published',
      '>valid<',
      'culture',
      '/api/specs/museum/versions/1.0.0/document',
      'getMuseumHours',
      'Get museum hours',
      'deleteEvent',
      'deprecated',
    ]) {
      expect(text).toContain(expected)
    }
    expect(embeddedIn(text)).toBe(JSON.stringify(benignDocument))
  })

  it('has a policy under which nothing of a document runs, loads or is sent', async () => {
    const { headers } = await call('GET', '/specs/museum')
    const rules = policy(headers)
    expect(rules.get('default-src')).toBe("'none'")
    expect(rules.get('script-src')).toBe("'self'")
    expect(rules.get('img-src')).toBe('data:')
    expect(rules.get('form-action')).toBe("'none'")
    expect(rules.get('base-uri')).toBe("'none'")
    expect(rules.get('connect-src')).toBeUndefined()
    expect(rules.get('sandbox')).toContain('allow-scripts')
    expect(rules.get('sandbox')).not.toMatch(/allow-(same-origin|forms|top-navigation)/)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['referrer-policy']).toBe('no-referrer')
  })

  it('writes the texts of a document as text, and embeds it whole', async () => {
    const document = hostileDocument('https://canary.example.com')
    await publish(service, 'evil', document)
    const { text } = await call('GET', '/specs/evil')
    const block = text.indexOf('<script type="application/json"')
    const page = text.slice(0, block)
    expect(block).toBeGreaterThan(0)
    for (const sign of [
      '<script',
      '<img',
      '<svg',
      '<iframe',
      '<form',
      '<style',
      '<meta http',
      '<!--',
      '<base',
    ]) {
      expect(page, sign).not.toContain(sign)
    }
    expect(page).toContain('&lt;script&gt;')
    expect(page).toContain('{{constructor')
    // Every attribute is one of ours: no quote of the document has ended one.
    expect(page).not.toMatch(/<[^>]*\son[a-z]+=/)
    expect(embeddedIn(text)).toBe(JSON.stringify(document))
  })

  it('embeds documents of any text, cut anywhere', async () => {
    const odd = `\ufeff# \u2028 </script> <!-- " \\ \u00e9 🪸 \t\n`
    const yaml =
      `${odd.repeat(9000)}openapi: 3.1.0\ninfo: {title: Odd, version: "1"}\npaths: {}\n`.replaceAll(
        '\t',
        ' ',
      )
    const content = yaml.replaceAll('\ufeff', '').replaceAll('\u2028', '')
    await publish(service, 'odd', `\ufeff${content}`)
    const { text } = await call('GET', '/specs/odd')
    expect(embeddedIn(text) === content).toBe(true)
  })

  it('shows each version at its own address, and names the others', async () => {
    await publish(service, 'series', { ...benignDocument, 'x-a': 1 })
    const admin = await service.login()
    const added = await call('POST', '/api/specs/series/versions?version=2%2F%CE%B2', {
      as: admin,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...benignDocument, 'x-a': 2 }),
    })
    expect(added.status, added.text).toBe(201)
    const newest = await call('GET', '/specs/series')
    expect(newest.text).toContain('<title>Museum API 2/β</title>')
    expect(newest.text).toContain('href="/specs/series/1.0.0"')
    expect(newest.text).toContain('href="/specs/series/2%2F%CE%B2"')
    expect(newest.text).toContain(', the latest')
    const older = await call('GET', '/specs/series/1.0.0')
    expect(older.text).toContain('<title>Museum API 1.0.0</title>')
    expect(older.text).not.toContain(', the latest')
    for (const version of ['latest', '2%2F%CE%B2']) {
      const { text } = await call('GET', `/specs/series/${version}`)
      expect(text).toContain('<title>Museum API 2/β</title>')
    }
    expect((await call('GET', '/specs/series/3')).status).toBe(404)
  })

  it('answers with a page of its own where there is nothing for the caller to see', async () => {
    await publish(service, 'hidden', { ...benignDocument, 'x-b': 1 }, '&visibility=private')
    await publish(service, 'draft', { ...benignDocument, 'x-b': 2 }, '&state=draft')
    const answers = []
    for (const path of ['/specs/hidden', '/specs/hidden/1.0.0', '/specs/draft', '/specs/none']) {
      for (const as of [undefined, member]) {
        const answer = await call('GET', path, { as })
        expect([answer.status, answer.headers['content-type']], path).toEqual([
          404,
          'text/html; charset=utf-8',
        ])
        answers.push(answer.text)
      }
    }
    expect(new Set(answers).size).toBe(1)
    const admin = await service.login()
    const shown = await call('GET', '/specs/hidden', { as: admin })
    expect(shown.text).toContain('>private<')
    expect(shown.headers['cache-control']).toBe('no-store')
    expect((await call('GET', '/specs/draft', { as: admin })).text).toContain('>draft<')
  })

  it('does not name a draft to a guest', async () => {
    await publish(service, 'partly', { ...benignDocument, 'x-c': 1 })
    const admin = await service.login()
    await call('POST', '/api/specs/partly/versions?version=secret-7&state=draft', {
      as: admin,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...benignDocument, 'x-c': 2 }),
    })
    expect((await call('GET', '/specs/partly')).text).not.toContain('secret-7')
    const known = await call('GET', '/specs/partly', { as: admin })
    expect(known.text).toContain('secret-7')
    const guest = await call('GET', '/specs/partly', {
      headers: { 'if-none-match': known.headers.etag ?? '' },
    })
    expect(guest.status).toBe(200)
  })

  it('lists findings', async () => {
    const broken = {
      openapi: '3.0.3',
      info: { title: 'Broken', version: '1' },
      paths: { '/a': { get: {} } },
    }
    await publish(service, 'broken', broken)
    const { text } = await call('GET', '/specs/broken')
    expect(text).toContain('>not valid<')
    expect(text).toContain('does not keep to the schema of its format')
    expect(text).toContain('/paths/~1a/get')
  })

  it('lists an AsyncAPI document’s operations, and has no viewer for it', async () => {
    await publish(service, 'lights', asyncapi)
    const { text } = await call('GET', '/specs/lights')
    expect(text).toContain('light/<wbr />measured')
    expect(text).toContain('Inform of the light')
    expect(text).not.toContain('<script')
  })

  it('shows of a withdrawn version that it was, and not its document', async () => {
    await publish(service, 'gone', { ...benignDocument, 'x-d': 1 })
    const admin = await service.login()
    await call('PATCH', '/api/specs/gone/versions/1.0.0', {
      as: admin,
      body: { state: 'withdrawn' },
    })
    const { status, text } = await call('GET', '/specs/gone/1.0.0')
    expect(status).toBe(200)
    expect(text).toContain('was withdrawn')
    expect(text).toContain('getMuseumHours')
    expect(text).not.toContain('<script')
    expect(text).not.toContain('/document"')
  })

  it('answers 304 until something changes', async () => {
    await publish(service, 'tagged', { ...benignDocument, 'x-e': 1 })
    const { headers } = await call('GET', '/specs/tagged')
    expect(headers['cache-control']).toBe('no-cache')
    const again = { headers: { 'if-none-match': headers.etag ?? '' } }
    const same = await call('GET', '/specs/tagged', again)
    expect([same.status, same.text]).toEqual([304, ''])
    // The browser takes it over for the page that it has.
    expect(same.headers['content-security-policy']).toBe(headers['content-security-policy'])
    const admin = await service.login()
    await call('PATCH', '/api/specs/tagged', { as: admin, body: { title: 'Other' } })
    expect((await call('GET', '/specs/tagged', again)).text).toContain('<bdi>Other</bdi>')
  })

  it('answers HEAD as GET, without the page', async () => {
    const { status, text, headers } = await call('HEAD', '/specs/museum')
    expect([status, text, headers['content-type']]).toEqual([200, '', 'text/html; charset=utf-8'])
  })

  it('is found on the page of all specs, by its words and its tags', async () => {
    const slug = `found-${Date.now()}`
    await publish(
      service,
      slug,
      { ...benignDocument, info: { ...benignDocument.info, title: 'Søught <b>' }, 'x-f': 1 },
      '&tags=rare',
    )
    for (const path of [
      '/specs',
      '/specs?q=S%C3%B8ug',
      '/specs?q=s%C3%B8ught+museum',
      '/specs?tag=rare',
    ]) {
      const { status, text, headers } = await call('GET', path)
      expect(status, path).toBe(200)
      expect(headers['content-type']).toBe('text/html; charset=utf-8')
      expect(policy(headers).get('form-action')).toBe("'self'")
      expect(policy(headers).get('script-src')).toBeUndefined()
      expect(text, path).toContain(`<a href="/specs/${slug}"><bdi>Søught &lt;b&gt;</bdi></a>`)
      expect(text).not.toMatch(/href="\/specs\/(hidden|draft)"/)
    }
    for (const q of ['unknownword', '--', 'a+b+c+d+e+f+g+h+i+j', '%22%3E%3Cscript%3E']) {
      const { status, text } = await call('GET', `/specs?q=${q}`)
      expect(status).toBe(200)
      expect(text).not.toContain(slug)
      expect(text).not.toContain('<script')
    }
    const first = await call('GET', '/specs?q=')
    expect(first.status).toBe(200)
    expect(first.text).toContain(slug)
  })

  it('has 10,000 operations on ten pages, without the viewer', async () => {
    const operation = { responses: { 200: { description: 'ok' } } }
    const paths = Array.from({ length: 10_000 }, (_, i) => [`/things${i}`, { get: operation }])
    await publish(service, 'many', {
      ...benignDocument,
      tags: [],
      paths: Object.fromEntries(paths),
    })
    const seen = new Set<string>()
    let path: string | undefined = '/specs/many'
    let pages = 0
    while (path !== undefined) {
      const { status, text } = await call('GET', path)
      expect(status).toBe(200)
      expect(text).not.toContain('<script')
      for (const [, name = ''] of text.matchAll(/>\/<wbr \/>(things\d+)</g)) seen.add(name)
      pages++
      path = /<a rel="next" href="([^"#]+)/.exec(text)?.[1]
    }
    expect([seen.size, pages]).toEqual([10_000, 10])
    expect((await call('GET', '/specs/many?from=20000')).text).toContain('1 to 1000 of 10000')
  })

  it('hands out the viewer’s files to its sandbox, gzipped to those who take it', async () => {
    const { text } = await call('GET', '/specs/museum')
    const files = [...text.matchAll(/(?:src|href)="(\/docs\/[^"]+\.(?:js|css)[^"]*)"/g)].map(
      ([, path]) => path,
    )
    expect(files).toHaveLength(4)
    for (const path of files) {
      const answer = await call('GET', path ?? '')
      expect(answer.status, path).toBe(200)
      expect(answer.headers['cross-origin-resource-policy']).toBe('cross-origin')
    }
    const packed = await call('GET', '/docs/swagger-ui.css', {
      headers: { 'accept-encoding': 'gzip' },
    })
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(packed.headers.vary).toContain('accept-encoding')
  })
})

const path = findBrowser()

if (path !== undefined) describe('the page of a spec in a browser', inBrowser)
else {
  describe('the page of a spec without a browser', () => {
    it('is checked as HTML alone: there is no Chromium on the PATH or as CHROMIUM', () => {
      expect(path).toBeUndefined()
    })
  })
}

function inBrowser() {
  let service: Service
  let browser: Browser
  let origin: string
  let canary: Server
  let canaryOrigin: string
  const asked: string[] = []

  beforeAll(async () => {
    service = await startService(databases[0]!.create)
    await service.app.listen({ port: 0, host: '127.0.0.1' })
    origin = `http://127.0.0.1:${(service.app.server.address() as AddressInfo).port}`
    canary = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.setHeader('access-control-allow-origin', '*').end('{}')
    })
    await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve))
    canaryOrigin = `http://127.0.0.1:${(canary.address() as AddressInfo).port}`
    browser = await startBrowser(path as string)
    await publish(service, 'museum', benignDocument)
  })
  afterAll(async () => {
    await browser.close()
    canary.close()
  })

  /** All that a reader may open. */
  async function openEverything(page: Page) {
    const closed = 'details:not([open]) > summary, #viewer [aria-expanded=false]'
    for (let round = 0; round < 4; round++) {
      await page.evaluate(`document.querySelectorAll('${closed}').forEach((one) => one.click())`)
      await pause(200)
    }
    await page.until(`document.querySelector('.opblock-body')`)
    await pause(500)
  }

  const outside = (page: Page) =>
    page.requests().filter((url) => !url.startsWith('data:') && !url.startsWith(`${origin}/docs/`))

  it('shows a benign document whole, without a complaint', async () => {
    const page = await browser.open(`${origin}/specs/museum`)
    await page.until(`document.querySelector('.opblock')`)
    await openEverything(page)
    const shown = await page.evaluate<string>('document.body.innerText')
    for (const text of [
      'Get museum hours',
      '/museum-hours',
      'deleteEvent',
      'Opening hours',
      'Hours',
    ]) {
      expect(shown).toContain(text)
    }
    expect(shown).not.toMatch(/Try it out|Authorize|Unable to render/)
    expect(page.complaints).toEqual([])
    expect(outside(page)).toEqual([`${origin}/specs/museum`])
    const links = await page.evaluate<string[][]>(
      `[...document.querySelectorAll('#viewer a[href]')].map((a) => [a.href, a.rel, a.target])`,
    )
    expect(links.map(([href]) => href)).toEqual(
      expect.arrayContaining(['https://museum.example.com/', 'mailto:api@example.com']),
    )
    for (const [, rel, target] of links)
      expect([rel, target]).toEqual(['noopener noreferrer', '_blank'])
    await page.close()
  })

  it.each(['3.0.3', '3.1.0', '3.2.0', '2.0'])(
    'runs and loads nothing of a hostile document of %s',
    async (version) => {
      const slug = `evil-${version.replaceAll('.', '-')}`
      await publish(service, slug, hostileDocument(canaryOrigin, version))
      asked.length = 0
      const page = await browser.open(`${origin}/specs/${slug}`)
      await page.until(`document.querySelector('.opblock')`)
      await openEverything(page)
      expect(await page.evaluate('String(window.pwned)')).toBe('undefined')
      expect(page.dialogs).toEqual([])
      expect(asked).toEqual([])
      expect(outside(page)).toEqual([`${origin}/specs/${slug}`])
      expect(await page.evaluate('location.href')).toBe(`${origin}/specs/${slug}`)

      const shown = await page.evaluate<string>('document.body.innerText')
      for (const text of ["<script>window.pwned='script'</script>", '{{constructor.constructor']) {
        expect(shown).toContain(text)
      }
      const own = await page.evaluate<number>(`document.querySelectorAll('body > script').length`)
      expect(await page.evaluate('document.scripts.length')).toBe(own)
      for (const element of [
        'iframe',
        'object',
        'embed',
        'video',
        'form',
        'base',
        'meta[http-equiv]',
        '#viewer style',
        '#viewer link',
      ]) {
        expect(await page.evaluate(`document.querySelectorAll('${element}').length`), element).toBe(
          0,
        )
      }
      const links = await page.evaluate<string[][]>(
        `[...document.querySelectorAll('#viewer a')].map((a) => [a.getAttribute('href') ?? a.getAttribute('xlink:href') ?? '', a.rel ?? ''])`,
      )
      for (const [href = '', rel] of links) {
        if (href === '') continue
        expect(href).toMatch(/^(?:https?|mailto):/)
        expect(rel).toBe('noopener noreferrer')
      }
      await page.close()
    },
  )

  it('has the list alone where references amount to more than a browser can show', async () => {
    const schemas = Array.from({ length: 30 }, (_, i) => {
      const next = { $ref: `#/components/schemas/S${i + 1}` }
      return [`S${i}`, { type: 'object', properties: { a: next, b: next } }]
    })
    await publish(service, 'bomb', {
      ...benignDocument,
      paths: {
        '/bomb': {
          get: {
            responses: {
              200: {
                description: 'ok',
                content: { 'application/json': { schema: { $ref: '#/components/schemas/S0' } } },
              },
            },
          },
        },
      },
      components: { schemas: { ...Object.fromEntries(schemas), S30: { type: 'string' } } },
    })
    const page = await browser.open(`${origin}/specs/bomb`)
    await page.until(`!document.getElementById('too-heavy').hidden`)
    expect(await page.evaluate(`document.getElementById('list').open`)).toBe(true)
    expect(await page.evaluate(`document.querySelector('.opblock')`)).toBeNull()
    await page.close()
  })

  it('would notice a script that runs and a picture that loads', async () => {
    const server = createServer((_request, response) => {
      response
        .setHeader('content-type', 'text/html')
        .end(attacksOn(canaryOrigin).slice(0, 4).join(''))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    asked.length = 0
    const page = await browser.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    expect(await page.evaluate('String(window.pwned)')).not.toBe('undefined')
    expect(asked).toContain('/img.png')
    await page.close()
    server.close()
  })

  it('shows the operations to a reader without scripts', async () => {
    const page = await browser.open(`${origin}/specs/museum`, { script: false })
    const { root } = await page.ask('DOM.getDocument')
    const { nodeId } = await page.ask('DOM.querySelector', {
      nodeId: root.nodeId,
      selector: '.operations .path',
    })
    const { model } = await page.ask('DOM.getBoxModel', { nodeId })
    expect(model.height).toBeGreaterThan(10)
    await page.close()
  })

  it('fits a phone, in the dark too', async () => {
    await publish(service, 'evil-phone', hostileDocument(canaryOrigin))
    for (const slug of ['museum', 'evil-phone']) {
      const page = await browser.open(`${origin}/specs/${slug}`, {
        width: 360,
        height: 740,
        dark: true,
      })
      await page.until(`document.querySelector('.opblock')`)
      expect(await page.evaluate('document.documentElement.scrollWidth'), slug).toBeLessThanOrEqual(
        360,
      )
      expect(await page.evaluate(`getComputedStyle(document.body).backgroundColor`)).toBe(
        'rgb(28, 32, 34)',
      )
      await page.close()
    }
  })
}
