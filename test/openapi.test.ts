import { beforeAll, describe, expect, it } from 'vitest'
import { readTable } from './security/matrix.table.ts'
import { databases } from './support/databases.ts'
import { forbiddenRequests, operationsOf, type Operation } from './support/openapi.ts'
import { startService, type Service } from './support/service.ts'

describe.each(databases)('/openapi.json on $engine', ({ create }) => {
  let service: Service
  let document: Record<string, never>
  let operations: Operation[]

  beforeAll(async () => {
    service = await startService(create)
    const answer = await service.call('GET', '/openapi.json')
    document = answer.json
    operations = operationsOf(document)
  })

  it('is OpenAPI 3.1 with every route of the API', () => {
    expect(document).toMatchObject({ openapi: '3.1.1', info: { title: 'Holdfast' } })
    const routes = readTable().map(({ route }) => route.replaceAll(/:(\w+)/g, '{$1}'))
    const described = operations.map(({ method, path }) => `${method} ${path}`)
    expect(described.toSorted()).toEqual(
      routes.filter((route) => / \/(?:api|health)/.test(route)).toSorted(),
    )
  })

  it('gives every operation a summary, a tag, its refusals, and an example of what it answers', () => {
    for (const { method, path, definition } of operations) {
      const name = `${method} ${path}`
      expect(definition.summary, name).toBeTypeOf('string')
      expect(definition.tags, name).toHaveLength(1)
      const statuses = Object.keys(definition.responses)
      expect(
        statuses.some((status) => status.startsWith('2')),
        name,
      ).toBe(true)
      if (path.startsWith('/api/')) expect(statuses, name).toContain('503')
      if (definition.security?.some((one) => 'token' in one))
        expect(statuses, name).toContain('401')
      for (const [status, response] of Object.entries(definition.responses)) {
        expect(response.description, `${name} ${status}`).toBeTypeOf('string')
        if (status.startsWith('2') && response.content) {
          expect(JSON.stringify([response, document]), `${name} ${status}`).toContain('"examples"')
        }
      }
    }
  })

  it('tells that the body of an upload is the document, in the types that are taken', () => {
    for (const path of ['/api/specs', '/api/specs/{slug}/versions']) {
      const upload = operations.find((one) => one.method === 'POST' && one.path === path)
      const { content } = upload?.definition.requestBody ?? { content: {} }
      expect(Object.keys(content)).toEqual(
        expect.arrayContaining(['application/json', 'application/yaml', 'multipart/form-data']),
      )
    }
  })

  it('refers to nothing that it does not hold', () => {
    for (const [, name] of JSON.stringify(document).matchAll(
      /"\$ref":"#\/components\/schemas\/([^"]+)"/g,
    )) {
      expect(Object.keys(document.components?.['schemas'] ?? {})).toContain(name)
    }
    expect(JSON.stringify(document)).not.toMatch(/"\$ref":"(?!#\/components)/)
  })

  it('forbids nothing that is answered with a 2xx, or breaks the service', async () => {
    const admin = await service.login()
    let asked = 0
    for (const operation of operations) {
      for (const request of forbiddenRequests(operation, document)) {
        const { why, method, url, body, headers, anonymous } = request
        const answer = await service.call(method, url, {
          ...(!anonymous && { as: admin }),
          ...(headers && { headers }),
          ...(body !== undefined && { body }),
        })
        asked += 1
        expect(
          answer.status,
          `${method} ${url}: ${why} got ${answer.status} ${answer.text}`,
        ).toSatisfy((status: number) => status >= 400 && status < 500)
        expect(answer.json.status, why).toBe(answer.status)
      }
    }
    expect(asked).toBeGreaterThan(200)
  }, 60_000)
})
