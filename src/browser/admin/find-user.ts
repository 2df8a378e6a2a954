import { withQuery } from '../api/query.ts'
import { read } from '../api/request.ts'
import type { ManagedUser, Page } from '../api/types.ts'

/** The user of exactly this name, capitals aside; of names that begin with it, the shortest comes first. */
export async function findUser(username: string): Promise<ManagedUser | undefined> {
  const name = username.trim().toLowerCase()
  if (name === '') return undefined
  const { items } = await read<Page<ManagedUser>>(withQuery('/api/users', { q: name, limit: '1' }))
  return items.find((user) => user.username === name)
}
