import type { Registry } from '@prometheus-io/client'
import type { Client } from './requests.ts'

type Define = (name: string, help: string, read: () => number) => void

/** Metrics without labels, which are read off when somebody asks for them. */
export function createReadings(
  client: Client,
  registry: Registry,
): { gauge: Define; counter: Define } {
  function gauge(name: string, help: string, read: () => number) {
    const metric = new client.Gauge({
      name,
      help,
      registers: [],
      collect() {
        this.set(read())
      },
    })
    registry.registerMetric(metric)
  }

  /** What only ever grows, and is counted elsewhere. */
  function counter(name: string, help: string, read: () => number) {
    const metric = new client.Counter({
      name,
      help,
      registers: [],
      collect() {
        this.reset()
        this.inc(read())
      },
    })
    registry.registerMetric(metric)
  }

  return { gauge, counter }
}
