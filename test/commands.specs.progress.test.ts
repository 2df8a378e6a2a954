import { describe, expect, it } from 'vitest'
import { barOf, createProgress } from '../src/commands/specs/push.progress.ts'
import { jsonReport, lineOf, textReport } from '../src/commands/specs/push.report.ts'
import type { Outcome } from '../src/commands/specs/spec.upload.ts'
import { columnsOf } from '../src/commands/specs/text.ts'

const added: Outcome = { path: 'a.json', slug: 'a', fate: 'added', version: '1.0' }
const refused: Outcome = {
  path: 'bad\u001B[2J.json',
  slug: 'bad',
  fate: 'refused',
  code: 'not_parsable',
  detail: 'Line 3,\ncolumn 2.\u0007 \u202Eevil',
}

function recorder(isTTY: boolean, columns = 80) {
  let text = ''
  return { isTTY, columns, write: (more: string) => (text += more), text: () => text }
}

describe('the bar', () => {
  const bar = (columns: number, done: number, current = 'some/file.json') =>
    barOf({ outcomes: Array.from({ length: done }, () => added), total: 120, current, columns })

  it('shows how far it is, the counts and the file at hand', () => {
    expect(bar(100, 30)).toBe('[#######-----------------------] 30/120  30 added  some/file.json')
    expect(bar(100, 0)).toBe('[------------------------------] 0/120  some/file.json')
    expect(bar(100, 120)).toContain('[##############################] 120/120')
  })

  it('keeps within every width, wide characters and long names included', () => {
    for (const current of ['x'.repeat(300), '語'.repeat(100), '👩‍👩‍👧'.repeat(30), 'a\u001B[2Jb']) {
      for (let columns = 1; columns < 150; columns += 1) {
        const line = bar(columns, 57, current)
        expect(columnsOf(line), line).toBeLessThanOrEqual(Math.max(columns - 1, 0))
        expect(line).not.toMatch(/\p{Cc}/u)
      }
    }
    expect(bar(80, 57, 'x'.repeat(300))).toContain('...xxx')
  })

  it('takes it that there is nothing to do', () => {
    expect(barOf({ outcomes: [], total: 0, current: '', columns: 80 })).toContain('0/0')
  })
})

describe('progress', () => {
  const push = (output: ReturnType<typeof recorder>, color: boolean, redraws = true) => {
    const progress = createProgress({ output, total: 2, color, redraws })
    progress.start('a.json')
    progress.add(added)
    progress.add(refused)
    progress.say('finishing')
    progress.end()
    return output.text()
  }

  it('on a terminal draws over its line, with what was refused above it, in red', () => {
    const text = push(recorder(true), true)
    expect(text.startsWith('\r\u001B[K[')).toBe(true)
    expect(text).toContain('\r\u001B[K\u001B[31mrefused ')
    expect(text).toContain('2/2  1 added, 1 refused')
    expect(text.endsWith('\r\u001B[K')).toBe(true)
    expect(text).not.toContain('\u001B[2J')
    expect(text.split('\n')).toHaveLength(3)
  })

  it('on a terminal without colours has none', () => {
    expect(push(recorder(true), false)).not.toContain('\u001B[31m')
  })

  it.each([
    ['elsewhere', false, true],
    ['on a terminal that cannot draw over a line', true, false],
  ])('%s is a line for each file, and nothing that steers a terminal', (_, isTTY, redraws) => {
    const text = push(recorder(isTTY), true, redraws)
    expect(text).not.toMatch(/[^\P{Cc}\n]/u)
    expect(text.split('\n')).toEqual([
      '1/2 added       a.json as a (1.0)',
      '2/2 refused     bad [2J.json as bad: not_parsable, Line 3, column 2.   evil',
      'finishing',
      '',
    ])
  })

  it('on a terminal draws ten times a second at most', () => {
    const output = recorder(true)
    const progress = createProgress({ output, total: 1e4, color: true, redraws: true })
    const startedAt = performance.now()
    for (let n = 0; n < 1e4; n += 1) progress.start(`file ${n}`)
    const tenths = (performance.now() - startedAt) / 100
    expect(output.text().split('\r').length - 1).toBeLessThanOrEqual(Math.ceil(tenths) + 1)
  })
})

describe('the report', () => {
  it('has a line for each file, and the totals', () => {
    expect(textReport([added, { ...added, path: 'b.json', fate: 'unfinished' }])).toBe(
      'added       a.json as a (1.0)\nunfinished  b.json as a (1.0)\n2 files: 1 added, 1 unfinished\n',
    )
    expect(lineOf({ path: 'x.json', slug: '', fate: 'failed', code: 'unreadable' })).toContain(
      'failed      x.json: unreadable',
    )
  })

  it('for programs keeps every text as it is', () => {
    expect(JSON.parse(jsonReport([added, refused]))).toEqual({
      files: [added, refused],
      totals: {
        added: 1,
        'new version': 0,
        unchanged: 0,
        refused: 1,
        failed: 0,
        unfinished: 0,
      },
    })
  })
})
