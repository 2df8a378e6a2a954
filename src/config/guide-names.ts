import { readSsl } from '../database/target/tls/ssl.ts'
import type { ConfigProblem } from './config.errors.ts'
import type { SettingName } from './schema.ts'
import type { Environment } from './environment.ts'

/** An environment in the names of the schema, and what there is to say of those it was written in. */
export interface Translation {
  environment: Environment
  /** The variable that a setting's value came from, where it is another one. */
  origins: ReadonlyMap<SettingName, string>
  problems: ConfigProblem[]
  warnings: ConfigProblem[]
}

interface Synonym {
  setting: SettingName
  /** Gives the value that the setting would have; what cannot be read is given back, to be refused as the setting is. */
  translate: (value: string) => string
  /** What to say of a value that can be read in two ways. */
  doubt?: (value: string) => string | undefined
}

/** The spellings that guides have for settings of ours. */
const synonyms: Record<string, Synonym> = {
  POSTGRES_MAX_CONNECTIONS: { setting: 'DATABASE_POOL_MAX', translate: (value) => value },
  POSTGRES_IDLE_TIMEOUT: { setting: 'DATABASE_IDLE_TIMEOUT', translate: secondsOf },
  POSTGRES_MAX_LIFETIME: { setting: 'DATABASE_MAX_LIFETIME', translate: secondsOf },
  POSTGRES_SLOW_QUERY_THRESHOLD: {
    setting: 'DATABASE_SLOW_QUERY_MS',
    translate: thresholdOf,
    doubt: (value) =>
      /^\d*\.?\d+$/.test(value) && Number(value) !== 0
        ? `has no unit, and is read as ${thresholdOf(value)} milliseconds. DATABASE_SLOW_QUERY_MS leaves no doubt.`
        : undefined,
  },
  POSTGRES_LOG_QUERIES: { setting: 'DATABASE_LOG_QUERIES', translate: (value) => value },
  POSTGRES_SSL_MODE: {
    setting: 'DATABASE_SSL',
    translate: (value) => readSsl(value) ?? value,
  },
}

/** Names that are no settings by themselves, but say something together with others. */
const verification = 'POSTGRES_SSL_VERIFY'

export const guideNames: readonly string[] = [...Object.keys(synonyms), verification]

/** Puts the spellings of guides into the names of the schema. A setting under its own name goes before them. */
export function translateGuideNames(environment: Environment): Translation {
  const translation: Translation = {
    environment: { ...environment },
    origins: new Map(),
    problems: [],
    warnings: [],
  }
  for (const [name, synonym] of Object.entries(synonyms)) translateOne(translation, name, synonym)
  translateVerification(translation)
  return translation
}

function translateOne(translation: Translation, name: string, synonym: Synonym): void {
  const { environment, origins, warnings } = translation
  const { setting, translate, doubt } = synonym
  const value = plain(environment[name])
  if (value === '') return
  if (plain(environment[setting]) !== '') {
    warnings.push({ variable: name, sentence: `is not used, because ${setting} is set.` })
    return
  }
  environment[setting] = translate(value)
  ;(origins as Map<SettingName, string>).set(setting, name)
  const sentence = doubt?.(value)
  if (sentence !== undefined) warnings.push({ variable: name, sentence })
}

/** To verify goes with every mode that encrypts; not to verify never weakens what another variable asks for. */
function translateVerification({ environment, origins, problems, warnings }: Translation): void {
  const value = plain(environment[verification]).toLowerCase()
  if (value === '') return
  const warn = (sentence: string) => warnings.push({ variable: verification, sentence })
  const isOn = ['1', 'true', 'yes', 'on'].includes(value)
  if (!isOn && !['0', 'false', 'no', 'off'].includes(value)) {
    problems.push({ variable: verification, sentence: 'should be true or false.' })
    return
  }
  const mode = plain(environment.DATABASE_SSL).toLowerCase()
  if (mode !== '' && !origins.has('DATABASE_SSL')) {
    warn('is not used, because DATABASE_SSL is set.')
    return
  }
  if (!isOn) {
    if (mode.startsWith('verify-')) warn('is not used, because POSTGRES_SSL_MODE asks to verify.')
    return
  }
  if (mode === 'disable') warn('is not used, because POSTGRES_SSL_MODE turns encryption off.')
  else if (mode !== 'verify-ca') {
    environment.DATABASE_SSL = 'verify-full'
    if (mode === '') (origins as Map<SettingName, string>).set('DATABASE_SSL', verification)
  }
}

function plain(value = ''): string {
  return value
    .trim()
    .replace(/^(["'])(.*)\1$/s, '$2')
    .trim()
}

const unitsInMs: Record<string, number | undefined> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
}

function millisecondsOf(value: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?([a-z]+)$/.exec(value.toLowerCase()) ?? []
  const ms = Object.hasOwn(unitsInMs, unit) ? unitsInMs[unit] : undefined
  return ms === undefined ? undefined : Number(number) * ms
}

/** A number without a unit is seconds already. */
function secondsOf(value: string): string {
  const ms = millisecondsOf(value)
  return ms === undefined ? value : String(ms / 1000)
}

/**
 * Guides give it in seconds or in milliseconds, and do not say which. Nobody asks for every statement of a few
 * milliseconds, nor for those of a minute and more alone: below 50 it is seconds.
 */
function thresholdOf(value: string): string {
  const ms = millisecondsOf(value)
  if (ms !== undefined) return String(Math.round(ms))
  if (!/^\d*\.?\d+$/.test(value)) return value
  const number = Number(value)
  return String(Math.round(number < 50 ? number * 1000 : number))
}
