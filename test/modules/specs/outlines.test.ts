import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Outline } from '../../../src/database/tables/spec.shapes.ts'
import { useOutline } from '../../../src/modules/specs/outlines.ts'

const outline: Outline = { title: 'A', summary: null, version: '1', operations: [] }

describe('the outline of a document', () => {
  it('is in memory for a few of many readers at a time', async () => {
    let [held, most] = [0, 0]
    const documents = {
      outline: () => {
        most = Math.max(most, ++held)
        return Promise.resolve(outline)
      },
    }
    const use = async ({ title }: Outline) => {
      await turn()
      held--
      return title
    }
    const readers = Array.from({ length: 100 }, () => useOutline(documents, 'x', use))
    expect(await Promise.all(readers)).toEqual(readers.map(() => 'A'))
    expect(most).toBe(4)
  })

  it('gives the turn back when it is missing, or its use fails', async () => {
    const none = { outline: () => Promise.resolve(undefined) }
    const some = { outline: () => Promise.resolve(outline) }
    const fail = () => Promise.reject(new Error('no'))
    for (let i = 0; i < 5; i++) {
      expect(await useOutline(none, 'x', () => 1)).toBeUndefined()
      await expect(useOutline(some, 'x', fail)).rejects.toThrow('no')
    }
    expect(await useOutline(some, 'x', () => 1)).toBe(1)
  })
})
