import { access, constants, mkdir } from 'node:fs/promises'

/** Tells whether files can be put into a folder, which is made when it is not there. */
export async function isWritable(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
