import { parseMounts, type Mount } from '../../src/platform/mounts.ts'

const kernel = `22 27 0:21 / /proc rw,relatime - proc proc rw
25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=64k
`

/** What /proc/self/mountinfo says on machines of all kinds. */
export const machines = {
  vps: `${kernel}27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,discard
30 27 254:16 / /srv rw,relatime shared:5 master:2 - xfs /dev/vdb rw
31 27 0:40 / /tmp rw,nosuid,nodev shared:6 - tmpfs tmpfs rw\n`,
  container: `${kernel}512 400 0:55 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A
530 512 254:1 /var/lib/docker/containers/1/hostname /etc/hostname rw - ext4 /dev/vda1 rw\n`,
  containerWithVolume: `${kernel}512 400 0:55 / / rw,relatime - overlay overlay rw,lowerdir=/l
531 512 254:1 /var/lib/docker/volumes/holdfast/_data /app/data rw,relatime master:1 - ext4 /dev/vda1 rw\n`,
  microVm: `${kernel}27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n`,
  microVmWithDisk: `${kernel}27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 27 254:16 / /app/data rw,relatime - ext4 /dev/vdb rw\n`,
  podWithEmptyDir: `${kernel}512 400 0:55 / / rw,relatime - overlay overlay rw
540 512 254:1 /var/lib/kubelet/pods/7/volumes/kubernetes.io~empty-dir/data /app/data rw - ext4 /dev/vda1 rw\n`,
  podWithClaim: `${kernel}512 400 0:55 / / rw,relatime - overlay overlay rw
541 512 254:2 /volumes/pvc-1 /app/data rw,relatime - ext4 /dev/sdb rw\n`,
} as const

export type Machine = keyof typeof machines

export function mountsOf(machine: Machine): Mount[] {
  return parseMounts(machines[machine])
}
