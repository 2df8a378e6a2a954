import type { Role } from '../api/types.ts'

export interface Scope {
  name: string
  words: string
}

const ofMembers: Scope[] = [
  { name: 'specs:read', words: 'read what you may read, private specs too' },
  { name: 'specs:write', words: 'publish and change specs' },
]
const ofEditors: Scope[] = [
  { name: 'announcements:write', words: 'write announcements' },
  { name: 'users:manage', words: 'let people in' },
]
const ofAdmins: Scope[] = [
  { name: 'backup:read', words: 'export everything' },
  { name: 'backup:write', words: 'import, and so overwrite everything' },
  { name: 'ops:read', words: 'see health, usage and the audit log' },
  { name: 'ops:run', words: 'freeze the service and run its jobs' },
]

/** What a token of somebody of this role may be good for. */
export function scopesOf(role: Role): Scope[] {
  if (role === 'member') return ofMembers
  return [...ofMembers, ...ofEditors, ...(role === 'admin' ? ofAdmins : [])]
}
