import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { slugsOf } from '../src/commands/specs/files.slugs.ts'
import { walkFolder } from '../src/commands/specs/files.walk.ts'
import { slugPattern } from '../src/database/tables/spec.tables.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-walk-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function put(path: string, text = '{}') {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

const paths = async (at = folder) => (await walkFolder(at)).files.map(({ path }) => path)

describe('the walk over a folder', () => {
  it('finds json, yaml and yml at every depth, by code units, with their sizes', async () => {
    for (const path of ['b.yaml', 'a/z.yml', 'a/b/c.JSON', 'B.json', 'a.json']) put(path)
    put('a-b.json', 'twelve bytes')
    for (const path of ['readme.md', 'json', 'a.json.bak', 'a.json5']) put(path)
    expect(await paths()).toEqual([
      'B.json',
      'a-b.json',
      'a.json',
      'a/b/c.JSON',
      'a/z.yml',
      'b.yaml',
    ])
    const { files, unreadable } = await walkFolder(folder)
    expect([files[1]?.bytes, unreadable]).toEqual([12, []])
  })

  it('passes over what is hidden, and a folder that is called like a file', async () => {
    put('.hidden.json')
    put('.git/a.json')
    put('folder.json/inside.yaml')
    expect(await paths()).toEqual(['folder.json/inside.yaml'])
  })

  it('follows links to files inside, and none to folders or out', async () => {
    put('inside/real.json')
    put('inside/a/b.json')
    symlinkSync(join(folder, 'inside', 'real.json'), join(folder, 'inside', 'link.json'))
    symlinkSync(folder, join(folder, 'inside', 'round'))
    put('outside.json')
    put('inside-too/x.json')
    symlinkSync(join(folder, 'outside.json'), join(folder, 'inside', 'out.json'))
    symlinkSync(join(folder, 'inside-too', 'x.json'), join(folder, 'inside', 'near.json'))
    symlinkSync(tmpdir(), join(folder, 'inside', 'away'))
    expect(await paths(join(folder, 'inside'))).toEqual(['a/b.json', 'link.json', 'real.json'])
  })

  it('tells of a link that leads nowhere, and goes on', async () => {
    put('a.json')
    symlinkSync(join(folder, 'none.json'), join(folder, 'broken.json'))
    const { files, unreadable } = await walkFolder(folder)
    expect(files.map(({ path }) => path)).toEqual(['a.json'])
    expect(unreadable).toEqual([{ path: 'broken.json', detail: 'It cannot be read (ENOENT).' }])
  })

  it('raises when the folder is none', async () => {
    put('a.json')
    await expect(walkFolder(join(folder, 'none'))).rejects.toThrow('ENOENT')
    await expect(walkFolder(join(folder, 'a.json'))).rejects.toThrow('ENOTDIR')
  })
})

describe('the slugs of files', () => {
  const slugs = (...given: string[]) => [...slugsOf(given).values()]

  it.each([
    ['payments/v2/api.yaml', 'payments-v2-api'],
    ['Pet Store (final).v1.2.JSON', 'pet-store-final-v1-2'],
    ['Zahlungsverkehr/Über_weisung.yml', 'zahlungsverkehr-uber-weisung'],
    ['ﬁle①.json', 'file1'],
    ['a..json', 'a'],
    ['--.json', 'spec-58c6b15a'],
    ['日本語.yaml', 'spec-72297996'],
    ['import.json', 'import-json'],
  ])('of %s is %s', (path, slug) => {
    expect(slugs(path)).toEqual([slug])
  })

  it('gets the extension where another file has it, then a number', () => {
    expect(slugs('a.json', 'a.yaml', 'a.yml')).toEqual(['a', 'a-yaml', 'a-yml'])
    expect(slugs('a-b.json', 'a/b.json', 'a_b.json', 'a b.json')).toEqual([
      'a-b',
      'a-b-json',
      'a-b-json-2',
      'a-b-json-3',
    ])
  })

  it('is one of its own, and one that the service takes, however long or strange the path is', () => {
    const long = 'x'.repeat(70)
    const given = [
      `${long}/one/two.json`,
      `${long}/one/two.yaml`,
      `${long}/one-two.json`,
      `${'-'.repeat(90)}.json`,
      `${long}-123456789.json`,
      `${long}-123456789.yaml`,
      `${long}_123456789.yaml`,
      'ü.json',
      'u.json',
      'ù.json',
      'import.json',
      'import.yaml',
      'Import.json',
    ]
    const made = slugs(...given)
    expect(new Set(made).size).toBe(given.length)
    expect(made.filter((slug) => !slugPattern.test(slug) || slug === 'import')).toEqual([])
    expect(slugs(...given)).toEqual(made)
  })
})
