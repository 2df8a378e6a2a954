import type { Target } from '../database/target/target.ts'
import { mountOf, type Mount } from './mounts.ts'
import { describePlatform, type PlatformName } from './platform.ts'

/**
 * How long what is stored lasts: `durable` in a database server, `local` as long as the disk of this machine,
 * `ephemeral` until the instance is replaced.
 */
export interface Durability {
  kind: 'durable' | 'local' | 'ephemeral'
  /** Why it is ephemeral, as a clause without an end. */
  because?: string
}

/** What is known of where the process runs. */
export interface Surroundings {
  platform: PlatformName | undefined
  /** Undefined where the system does not say. */
  mounts: readonly Mount[] | undefined
}

/** Gives how long what is stored in a target lasts. */
export function durabilityOf(target: Target, surroundings: Surroundings): Durability {
  if (target.kind === 'postgres') return { kind: 'durable' }
  if (target.file === ':memory:') return ephemeral('it is kept in memory')
  return durabilityOfPath(target.file, surroundings)
}

/** Gives how long a file or folder lasts, which need not be there yet. */
export function durabilityOfPath(path: string, { platform, mounts }: Surroundings): Durability {
  const mount = mounts && mountOf(path, mounts)
  if (mount && inMemory.has(mount.type)) return ephemeral('its file system is in memory')
  if (mount?.root.includes('/kubernetes.io~empty-dir/'))
    return ephemeral('its volume, an emptyDir, goes with the pod')
  // On a platform a disk must be proven: the image's own file system may look like any other there.
  if (platform !== undefined && (!mount || mount.point === '/' || layered.has(mount.type))) {
    const { label } = describePlatform(platform)
    return ephemeral(`${label} wipes this disk whenever it replaces the instance`)
  }
  if (mount && layered.has(mount.type)) return ephemeral('it is a part of the container')
  return { kind: 'local' }
}

const inMemory = new Set(['tmpfs', 'ramfs', 'devtmpfs', 'rootfs'])
/** What is written goes into a layer over an image. */
const layered = new Set(['overlay', 'overlayfs', 'fuse-overlayfs', 'fuse.fuse-overlayfs', 'aufs'])

function ephemeral(because: string): Durability {
  return { kind: 'ephemeral', because }
}
