/**
 * Lets calls of one name come one after the other, in this process. Of many who come with one invite at once, one at a
 * time has his password hashed; the others then learn from a read that they are too late.
 */
export function createTurns() {
  const last = new Map<string, Promise<unknown>>()

  return async function inTurn<Result>(
    name: string | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    if (name === undefined) return work()
    const mine = after(last.get(name), work)
    last.set(name, mine)
    try {
      return await mine
    } finally {
      if (last.get(name) === mine) last.delete(name)
    }
  }
}

async function after<Result>(
  before: Promise<unknown> | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  await Promise.allSettled([before])
  return work()
}
