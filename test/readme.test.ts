import { globSync, readFileSync, existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { guideNames } from '../src/config/guide-names.ts'
import { likelyAddressNames } from '../src/config/likely-names.ts'
import { settingNames } from '../src/config/schema.ts'
import { findStaleTable, settingsTable, withSettingsTable } from '../scripts/configuration.table.ts'

const root = join(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const pages = ['README.md', ...globSync('docs/*.md', { cwd: root })]
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

describe('the table of settings in README.md', () => {
  it('is that of the schema', () => {
    expect(findStaleTable()).toEqual([])
  })

  it('has a row for every setting, and is found to be stale when one is missing', () => {
    const rows = settingsTable().split('\n').slice(2)
    expect(rows.map((row) => /`(\w+)`/.exec(row)?.[1])).toEqual(settingNames)
    const text = read('README.md')
    const older = text.replace(`${rows[3]}\n`, '')
    expect(older).not.toBe(text)
    expect(withSettingsTable(older)).toBe(text)
  })
})

describe.each(pages)('%s', (page) => {
  const text = read(page)

  it('links to files and headings that are there', () => {
    expect(linksOf(text).filter((link) => !leadsSomewhere(page, link))).toEqual([])
  })

  it('lists its headings at the top', () => {
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))
    const listed = [...text.matchAll(/^\* \[.+\]\(#(.+)\)$/gm)].map(([, anchor]) => anchor)
    expect(headings.filter((heading) => heading !== 'licence')).toEqual(listed)
  })

  it('names scripts, settings and commands that there are', () => {
    const named = [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name = '']) => name)
    expect(named.filter((name) => !(name in scripts))).toEqual([])
    const settings = [...text.matchAll(new RegExp(String.raw`\b(?:${families})_[A-Z_]+\b`, 'g'))]
    expect(settings.map(([name]) => name).filter((name) => !known.has(name))).toEqual([])
    const commands = [...text.matchAll(/holdfast -- (\w+)|cli\.js (\w+)/g)]
    const unknown = commands
      .map(([, one, other]) => one ?? other ?? '')
      .filter((name) => !existsSync(join(root, `src/commands/${name}.command.ts`)))
    expect(unknown).toEqual([])
  })

  it('is of a length that people read', () => {
    expect(text.split('\n').length).toBeLessThan(360)
  })
})

describe('what the pages say that Holdfast says', () => {
  const source = globSync(['src/**/*.ts', 'scripts/build.ts'], { cwd: root })
    .map((file) => read(file))
    .map((text) => text.replaceAll(/['`] \+\n\s*['`]/g, '').replaceAll(/\\'/g, "'"))

  const isSaid = (message: string) => source.some((text) => patternOf(message).test(text))

  const messages = pages.flatMap((page) => messagesOf(read(page)))

  it('is a list worth checking', () => {
    expect(messages.length).toBeGreaterThan(50)
  })

  it.each(messages)('%s', (message) => {
    expect(isSaid(message)).toBe(true)
  })

  it('is looked for: a message that nothing prints is not found', () => {
    expect(isSaid('the database is on holiday')).toBe(false)
    expect(isSaid('waiting for the … of the database')).toBe(false)
  })
})

const families =
  'DATABASE|SQLITE|SQL|ADMIN|UPLOAD|IMPORT|TRUST|PUBLIC|ALLOW|BACKUP|SECRET|POSTGRES|METRICS|RATE|QUOTA'
const known = new Set<string>([...settingNames, ...guideNames, ...likelyAddressNames])

/** What stands in code in the first column of tables that list messages, or error codes. */
function messagesOf(text: string): string[] {
  const tables = text.split(/\n(?=\| (?:it says|status, code|code) \|)/).slice(1)
  return tables.flatMap((table) => {
    const rows =
      table
        .split(/\n(?!\|)/)[0]
        ?.split('\n')
        .slice(2) ?? []
    return rows.flatMap((row) =>
      [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, message = '']) => message),
    )
  })
}

/** An ellipsis stands for what is put in when it is printed, and at the end for the rest of a sentence. */
function patternOf(message: string): RegExp {
  const parts = message
    .split('…')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(parts.join(String.raw`[\s\S]{1,120}?`))
}

function linksOf(text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
}

function leadsSomewhere(page: string, link: string): boolean {
  if (/^https?:/.test(link)) return true
  const [path = '', anchor] = link.split('#')
  const file = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(root, file))) return false
  if (anchor === undefined) return true
  return [...read(file).matchAll(/^#+ (.+)$/gm)].some(
    ([, title = '']) => anchorOf(title) === anchor,
  )
}

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-')
}
