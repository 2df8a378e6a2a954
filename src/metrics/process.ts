import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Registry } from '@prometheus-io/client'
import type { FastifyInstance } from 'fastify'
import { version } from '../version.ts'
import { createReadings } from './readings.ts'
import type { Client } from './requests.ts'

/**
 * Memory, processor, event loop and build, named as elsewhere. Not by the library's own collection: its timers wake an
 * idle process a hundred times a second, and its delays have their pause in them.
 */
export function measureProcess(app: FastifyInstance, client: Client, registry: Registry): void {
  const { gauge, counter } = createReadings(client, registry)
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss())
  gauge('nodejs_heap_size_used_bytes', 'Heap in use.', () => process.memoryUsage().heapUsed)
  gauge(
    'nodejs_external_memory_bytes',
    'Memory beside the heap.',
    () => process.memoryUsage().external,
  )
  counter('process_cpu_user_seconds_total', 'Time of the processor, by user code.', () => {
    return process.cpuUsage().user / 1e6
  })
  counter('process_cpu_system_seconds_total', 'Time of the processor, by the system.', () => {
    return process.cpuUsage().system / 1e6
  })
  gauge('process_start_time_seconds', 'When the process began.', () => performance.timeOrigin / 1e3)
  gauge('holdfast_uptime_seconds', 'Since the process began.', () => process.uptime())
  gauge('holdfast_ready', '1 when the service is ready.', () => Number(app.proof() !== undefined))
  measureEventLoop(app, client, registry)

  const build = new client.Gauge({
    name: 'holdfast_build_info',
    help: '1, with what is running.',
    labelNames: ['version', 'engine', 'node'],
    registers: [registry],
  })
  build.set({ version, engine: app.database.engine, node: process.versions.node }, 1)
}

/** How long work kept the event loop from its next turn, since the last time that somebody asked. */
function measureEventLoop(app: FastifyInstance, client: Client, registry: Registry): void {
  // At each turn, and not by a timer: an idle process stays idle.
  const delay = monitorEventLoopDelay({ samplePerIteration: true })
  delay.enable()
  app.addHook('onClose', (_app, done) => {
    delay.disable()
    done()
  })
  const lag = new client.Gauge({
    name: 'nodejs_eventloop_lag_seconds',
    help: 'Delays of the event loop since the last scrape.',
    labelNames: ['quantile'],
    registers: [],
    collect() {
      const quantiles = { 0.5: delay.percentile(50), 0.99: delay.percentile(99), 1: delay.max }
      for (const [quantile, nanoseconds] of Object.entries(quantiles)) {
        this.set({ quantile }, delay.count === 0 ? 0 : nanoseconds / 1e9)
      }
      delay.reset()
    },
  })
  registry.registerMetric(lag)
}
