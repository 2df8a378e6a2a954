/**
 * A set of ids that keeps 64 bits of each: 16 MB for a million, where a Set of strings takes a hundred. Two ids fall
 * together once in 2^64 pairs, differently in each set; the database's own constraints stand behind it.
 */
export interface IdSet {
  add: (id: string) => void
  has: (id: string) => boolean
}

const fullest = 0.6

export function createIdSet(): IdSet {
  const seeds = crypto.getRandomValues(new Uint32Array(2))
  let capacity = 1024
  let table = new Uint32Array(2 * capacity)
  let size = 0
  let high = 0
  let low = 0

  function hash(id: string) {
    high = seeds[0] as number
    low = seeds[1] as number
    for (let at = 0; at < id.length; at++) {
      const unit = id.charCodeAt(at)
      high = Math.imul(high ^ unit, 0x85ebca6b)
      high ^= high >>> 15
      low = Math.imul(low ^ unit, 0xc2b2ae35) ^ high
      low ^= low >>> 13
    }
    high >>>= 0
    // Zero means an empty place.
    low = low >>> 0 || 1
  }

  /** The place of the hashed id, or the empty one where it would stand. */
  function find(): number {
    let place = high & (capacity - 1)
    while (table[2 * place + 1] !== 0) {
      if (table[2 * place] === high && table[2 * place + 1] === low) break
      place = (place + 1) & (capacity - 1)
    }
    return 2 * place
  }

  function put() {
    const place = find()
    if (table[place + 1] !== 0) return
    table[place] = high
    table[place + 1] = low
    size++
  }

  function grow() {
    const before = table
    capacity *= 2
    size = 0
    table = new Uint32Array(2 * capacity)
    for (let at = 0; at < before.length; at += 2) {
      if (before[at + 1] === 0) continue
      high = before[at] as number
      low = before[at + 1] as number
      put()
    }
  }

  return {
    add(id) {
      if (size >= capacity * fullest) grow()
      hash(id)
      put()
    },
    has(id) {
      hash(id)
      return table[find() + 1] !== 0
    },
  }
}
