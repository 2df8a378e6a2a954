import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'

export const root = join(import.meta.dirname, '..', '..')
export const isRoot = process.getuid?.() === 0

export interface Instruction {
  name: string
  text: string
}

/** The user of the image that is called node. */
export const nodeUser = 1000

/** The steps of a Dockerfile, with continued lines joined and without comments. */
export function readDockerfile(text: string): Instruction[] {
  return text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? []
      return { name, text: rest }
    })
}

export interface Stage {
  name: string
  image: string
  /** Where the root of its file system is. */
  folder: string
  workdir: string
  environment: Record<string, string>
  user: string | undefined
  command: string[]
  healthcheck: string[]
}

/**
 * Does by hand what a builder does: each stage is an empty folder, in which COPY copies and RUN runs, with this Node
 * in place of the image's. Gives the last stage.
 */
export async function buildByHand(instructions: Instruction[], into: string): Promise<Stage> {
  const stages: Stage[] = []
  const values = new Map<string, string>()
  for (const { name, text } of instructions) {
    if (name === 'ARG') {
      const [key = '', value = ''] = text.split('=')
      values.set(key, value)
      continue
    }
    if (name === 'FROM') {
      const [image = '', , as] = text.split(/\s+/)
      const folder = join(into, as ?? 'last')
      mkdirSync(folder, { recursive: true })
      stages.push({
        name: as ?? '',
        image: image.replace(/\$\{(\w+)\}/, (_, key: string) => values.get(key) ?? ''),
        folder,
        workdir: '/',
        environment: {},
        user: undefined,
        command: [],
        healthcheck: [],
      })
      continue
    }
    const stage = stages.at(-1)
    if (!stage) throw new Error(`${name} comes before FROM`)
    await step(stage, { name, text }, stages)
  }
  const last = stages.at(-1)
  if (!last) throw new Error('there is no stage')
  return last
}

async function step(stage: Stage, { name, text }: Instruction, stages: Stage[]): Promise<void> {
  const here = join(stage.folder, stage.workdir)
  if (name === 'WORKDIR') {
    stage.workdir = text
    mkdirSync(join(stage.folder, text), { recursive: true })
  } else if (name === 'COPY') copy(stage, text, stages)
  else if (name === 'RUN') await run(text, here, stage)
  else if (name === 'USER') stage.user = text
  else if (name === 'CMD') stage.command = JSON.parse(text) as string[]
  else if (name === 'HEALTHCHECK')
    stage.healthcheck = JSON.parse(text.replace(/^.*?CMD /, '')) as string[]
  else if (name === 'ENV') {
    for (const [, key = '', quoted, plain] of text.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g))
      stage.environment[key] = quoted ?? plain ?? ''
  } else if (!['LABEL', 'EXPOSE'].includes(name)) throw new Error(`${name} is not known here`)
}

function copy(stage: Stage, text: string, stages: Stage[]): void {
  const words = text.split(/\s+/)
  const from = /^--from=(\w+)$/.exec(words[0] ?? '')?.[1]
  const base = from === undefined ? root : stages.find(({ name }) => name === from)?.folder
  if (base === undefined) throw new Error(`there is no stage ${from}`)
  const names = from === undefined ? words : words.slice(1)
  const target = join(stage.folder, stage.workdir, names.pop() ?? '')
  for (const name of names) {
    const source = join(base, name)
    if (!existsSync(source)) throw new Error(`COPY finds no ${name}`)
    // Of a folder its content is copied, of a file the file.
    cpSync(source, name.endsWith('/') ? target : join(target, basename(name)), { recursive: true })
  }
}

async function run(command: string, cwd: string, { environment, user }: Stage) {
  // To give a folder away is for the administrator.
  const allowed = isRoot ? command : command.replace(/chown \S+/, 'test -d')
  await promisify(execFile)('sh', ['-ec', allowed], {
    cwd,
    ...(isRoot && user === 'node' && { uid: nodeUser, gid: nodeUser }),
    env: { ...inherited(), ...environment, npm_config_prefer_offline: 'true' },
    maxBuffer: 16 * 1024 * 1024,
  })
}

/** What a process finds of ours: this Node before any other, and where npm keeps its packages. */
export function inherited(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env
  return { PATH: `${dirname(process.execPath)}:${PATH}`, HOME }
}

/** What the context of a build holds of a path, as far as .dockerignore here is written: all is left out but what `!` names. */
export function isSent(path: string): boolean {
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')
  return lines.includes(`!${path}`)
}
