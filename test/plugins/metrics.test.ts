import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../support/databases.ts'
import { password, startService, type Service } from '../support/service.ts'

const token = 'metrics-token-of-32-characters-or-more'

describe.each(databases)('GET /metrics on $engine', ({ create, engine }) => {
  let service: Service
  let admin: string
  const scrape = async (as: string | undefined = token) => service.call('GET', '/metrics', { as })

  beforeAll(async () => {
    service = await startService(create, { METRICS_TOKEN: token })
    admin = await service.login()
  })

  it('answers the bearer of METRICS_TOKEN in the text format of Prometheus', async () => {
    const { status, headers, text } = await scrape()
    expect(status, text).toBe(200)
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(headers['cache-control']).toBe('no-store')
    // Every line is a comment or a sample.
    for (const line of text.trimEnd().split('\n')) {
      if (line === '' || /^# (HELP|TYPE) /.test(line)) continue
      expect(line).toMatch(/^[a-z_]+(\{([a-z]+="[^"\\]*",?)*\})? [0-9.e+-]+$/)
    }
  })

  it('tells of requests, the pool, memory, processor, event loop, uptime and build', async () => {
    const { text } = await scrape()
    const pool = engine === 'sqlite' ? 2 : 5
    for (const line of [
      'http_requests_total{method="POST",route="/api/auth/login",status="2xx"} 1',
      'http_request_duration_seconds_count{method="POST",route="/api/auth/login"} 1',
      `holdfast_database_pool_max ${pool}`,
      'holdfast_database_pool_waiting 0',
      'holdfast_database_pool_timeouts_total 0',
      'holdfast_database_up 1',
      'holdfast_ready 1',
    ]) {
      expect(text.split('\n')).toContain(line)
    }
    for (const name of [
      'holdfast_database_pool_open',
      'holdfast_database_pool_in_use',
      'process_resident_memory_bytes',
      'process_cpu_user_seconds_total',
      'nodejs_heap_size_used_bytes',
      'holdfast_uptime_seconds',
    ]) {
      expect(text).toMatch(new RegExp(`^${name} [0-9.e-]+$`, 'm'))
    }
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds\{quantile="0.99"\} [0-9.e-]+$/m)
    expect(text).toContain(`holdfast_build_info{version="0.1.0",engine="${engine}",node="26.`)
  })

  it('tells when retention ran last', async () => {
    const ran = await service.call('POST', '/api/ops/run/retention', { as: admin })
    const { text } = await scrape()
    const seconds = Date.parse(ran.json.endedAt) / 1000
    expect(text).toContain(
      `holdfast_job_last_run_timestamp_seconds{job="retention",outcome="done"} ${seconds}`,
    )
  })

  it('counts paths that nobody serves as one, and has no users, paths, queries or addresses', async () => {
    const secrets = ['unheard-of', 'canary-slug', 'canary-query', '127.0.0.1', 'admin']
    await service.call('GET', '/unheard-of')
    await service.call('GET', '/unheard-of/further')
    await service.call('GET', '/api/specs/canary-slug?q=canary-query', { as: admin })
    const { text } = await scrape()
    expect(text).toContain('http_requests_total{method="GET",route="unknown",status="4xx"} 2')
    for (const secret of secrets) {
      const lines = text.split('\n').filter((line) => line.includes(secret))
      expect(lines.filter((line) => !line.includes('route="/admin'))).toEqual([])
    }
  })

  it('leaves out probes and itself', async () => {
    await service.call('GET', '/health/live')
    const { text } = await scrape()
    expect(text).not.toContain('/health/live')
    expect(text).not.toContain('/metrics')
  })

  it('asks the database nothing', async () => {
    const before = service.app.database.lastOutcome()
    await scrape()
    expect(service.app.database.lastOutcome()).toEqual(before)
    await service.call('GET', '/api/announcements')
    expect(service.app.database.lastOutcome()).not.toEqual(before)
  })

  it('is 401 for every other token, an administrator’s too (security 3.1.1, 3.1.4)', async () => {
    const others = [`${token}x`, token.slice(0, -1), 'x', admin]
    for (const other of others) {
      const { status, text, headers } = await scrape(other)
      expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer'])
      expect(text).not.toContain('http_requests_total')
    }
    const without = await service.call('GET', '/metrics')
    expect([without.status, without.json.code]).toEqual([401, 'unauthorized'])
    const basic = { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` }
    expect((await service.call('GET', '/metrics', { headers: basic })).status).toBe(401)
  })

  it('lets METRICS_TOKEN open nothing else', async () => {
    for (const url of ['/api/ops/health', '/api/usage', '/api/me', '/api/export']) {
      expect((await service.call('GET', url, { as: token })).status, url).toBe(401)
    }
  })

  it('is as if there were no such route without METRICS_TOKEN', async () => {
    const without = await startService(create)
    const metrics = await without.call('GET', '/metrics', { as: token })
    const unknown = await without.call('GET', '/unheard', { as: token })
    const { requestId: _1, instance: _2, ...problem } = metrics.json
    expect(unknown.json).toMatchObject(problem)
    expect([metrics.status, unknown.status]).toEqual([404, 404])
    const { json } = await without.call('GET', '/openapi.json')
    expect(Object.keys(json.paths)).not.toContain('/metrics')
    expect((await without.call('POST', '/metrics')).status).toBe(404)
  })
})
