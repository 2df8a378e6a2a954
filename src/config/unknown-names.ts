import type { ConfigProblem } from './config.errors.ts'
import { guideNames } from './guide-names.ts'
import { likelyAddressNames } from './likely-names.ts'
import { settingNames } from './schema.ts'
import type { Environment } from './environment.ts'

/** Names of ours that are no settings of the service: of the command line, and of tests. */
const others = ['HOLDFAST_TOKEN', 'HOLDFAST_TRIALS', 'HOLDFAST_LARGE']
const known: ReadonlySet<string> = new Set([
  ...settingNames,
  ...guideNames,
  ...likelyAddressNames,
  ...others,
])

const ours = /^(?:DATABASE|HOLDFAST|SQLITE)_/
/** What Kubernetes sets for a service that happens to be called `database` or `holdfast`. */
function isOfKubernetes(name: string, value = ''): boolean {
  if (/_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT_\d+_(?:TCP|UDP)(?:_\w+)?$/.test(name)) return true
  return name.endsWith('_PORT') && /^(?:tcp|udp):\/\//.test(value)
}

/** Shorter names are a letter away from too many others. */
const shortest = 8

/** Warns of variables that look like settings of ours and are none, for a misspelt setting is a setting that is not made. */
export function unknownNames(environment: Environment): ConfigProblem[] {
  return Object.keys(environment)
    .filter((name) => environment[name]?.trim() && !known.has(name))
    .filter((name) => !isOfKubernetes(name, environment[name]))
    .flatMap((variable) => {
      const meant = nearest(variable)
      if (meant)
        return [{ variable, sentence: `is no setting of this service. Is ${meant} meant?` }]
      if (!ours.test(variable)) return []
      return [{ variable, sentence: 'is no setting of this service, and is not used.' }]
    })
}

function nearest(name: string): string | undefined {
  const upper = name.toUpperCase()
  const bare = upper.replace(/^HOLDFAST_/, '')
  const exact = [...known].find((setting) => setting === upper || setting === bare)
  if (exact !== undefined) return exact
  return [...known].find((setting) => setting.length >= shortest && isOneLetterOff(upper, setting))
}

/** Whether one letter too much, too few or wrong, or two in the wrong order, is all that tells two words apart. */
export function isOneLetterOff(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one]
  if (long.length - short.length > 1 || short === long) return false
  let at = 0
  while (at < short.length && short[at] === long[at]) at++
  const rest = short.slice(at)
  if (short.length < long.length) return rest === long.slice(at + 1)
  const swapped = `${rest[1] ?? ''}${rest[0] ?? ''}${rest.slice(2)}`
  return rest.slice(1) === long.slice(at + 1) || swapped === long.slice(at)
}
