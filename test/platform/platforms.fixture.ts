import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mountOf, readMounts } from '../../src/platform/mounts.ts'

/** What these platforms put into the environment of every instance. */
export const platforms = [
  {
    platform: 'render',
    label: 'Render',
    remedy: /attach a disk/,
    publicUrl: 'https://holdfast.onrender.com',
    variables: {
      RENDER: 'true',
      RENDER_SERVICE_ID: 'srv-abc',
      RENDER_SERVICE_NAME: 'holdfast',
      RENDER_SERVICE_TYPE: 'web',
      RENDER_INSTANCE_ID: 'srv-abc-1',
      RENDER_EXTERNAL_HOSTNAME: 'holdfast.onrender.com',
      RENDER_EXTERNAL_URL: 'https://holdfast.onrender.com',
      RENDER_GIT_BRANCH: 'main',
      RENDER_CPU_COUNT: '1',
      RENDER_WEB_CONCURRENCY: '1',
      IS_PULL_REQUEST: 'false',
      TRUST_PROXY: 'render',
    },
  },
  {
    platform: 'koyeb',
    label: 'Koyeb',
    remedy: /attach a volume/,
    publicUrl: 'https://holdfast-org.koyeb.app',
    variables: {
      KOYEB_APP_NAME: 'holdfast',
      KOYEB_SERVICE_NAME: 'holdfast',
      KOYEB_PUBLIC_DOMAIN: 'holdfast-org.koyeb.app',
      KOYEB_REGION: 'fra',
      KOYEB_DC: 'fra1',
      KOYEB_INSTANCE_ID: 'a1b2',
      KOYEB_INSTANCE_TYPE: 'free',
      KOYEB_INSTANCE_MEMORY_MB: '512',
      KOYEB_REPLICA_INDEX: '0',
      KOYEB_PRIVILEGED: 'false',
      KOYEB_PORT_8000_PROTOCOL: 'http',
      TRUST_PROXY: 'koyeb',
    },
  },
] as const

/** A disk of an instance: `data` is where it stores, and `wipe` is what the platform does when it replaces it. */
export function instanceDisk() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-instance-'))
  const data = join(folder, 'data')
  mkdirSync(data)
  return {
    data,
    wipe() {
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(data, { recursive: true })
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/**
 * Mounts a disk at a folder, as a platform's volume is: a file system of its own where the tests may make one, a
 * part of this one otherwise. Gives what unmounts it; undefined where nothing may be mounted.
 */
export function mountDisk(at: string): (() => void) | undefined {
  const store = mkdtempSync(join(tmpdir(), 'holdfast-disk-'))
  const mounted = [loop, bind].some((mount) => mount(store, at) && isDisk(at))
  if (!mounted) {
    rmSync(store, { recursive: true, force: true })
    return undefined
  }
  return () => {
    attempt('umount', ['--lazy', at])
    rmSync(store, { recursive: true, force: true })
  }
}

function loop(store: string, at: string): boolean {
  const image = join(store, 'disk')
  return (
    attempt('truncate', ['--size=32M', image]) &&
    attempt('mkfs.ext4', ['-q', image]) &&
    attempt('mount', ['-o', 'loop', image, at])
  )
}

function bind(store: string, at: string): boolean {
  return attempt('mount', ['--bind', store, at])
}

function isDisk(folder: string): boolean {
  const mount = mountOf(folder, readMounts() ?? [])
  return mount?.point === folder && !['overlay', 'tmpfs'].includes(mount.type)
}

function attempt(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
