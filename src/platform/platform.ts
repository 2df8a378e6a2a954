/** What a platform is, as far as the service cares. */
interface Platform {
  label: string
  /** Variables that stand in every instance's environment there, and not in that of a developer with its tools. */
  marks: RegExp
  /** How to come by a disk that lasts there; undefined where there is none. */
  disk?: string
  /** Where the service is reached, of the platform's variables. */
  publicUrl?: (environment: Environment) => string | undefined
}

type Environment = Record<string, string | undefined>

export type PlatformName = keyof typeof platforms

const mounted = 'mounted at the folder of SQLITE_PATH'

/** The first whose marks are found counts; Kubernetes comes last, for others run on it. */
const platforms = {
  render: {
    label: 'Render',
    marks: /^RENDER$/,
    disk: `attach a disk (a paid plan) ${mounted}`,
    publicUrl: ({ RENDER_EXTERNAL_URL: url }) => url,
  },
  koyeb: {
    label: 'Koyeb',
    marks: /^KOYEB_(?!TOKEN$|CONFIG|ORGANIZATION$)/,
    disk: `attach a volume (not on the free instance) ${mounted}`,
    publicUrl: ({ KOYEB_PUBLIC_DOMAIN: host }) => httpsOf(host),
  },
  fly: {
    label: 'Fly.io',
    marks: /^FLY_(?:APP_NAME|MACHINE_ID|ALLOC_ID)$/,
    disk: `attach a volume ${mounted}`,
    publicUrl: ({ FLY_APP_NAME: app }) => httpsOf(app && `${app}.fly.dev`),
  },
  railway: {
    label: 'Railway',
    marks: /^RAILWAY_(?:PROJECT_ID|SERVICE_ID|ENVIRONMENT_ID|ENVIRONMENT_NAME|REPLICA_ID)$/,
    disk: `attach a volume ${mounted}`,
    publicUrl: ({ RAILWAY_PUBLIC_DOMAIN: host }) => httpsOf(host),
  },
  heroku: { label: 'Heroku', marks: /^DYNO$/ },
  'cloud-run': { label: 'Cloud Run', marks: /^K_(?:SERVICE|REVISION)$/ },
  kubernetes: {
    label: 'Kubernetes',
    marks: /^KUBERNETES_SERVICE_HOST$/,
    disk: `use a persistent volume claim ${mounted}`,
  },
} satisfies Record<string, Platform>

/** Gives the platform whose marks an environment bears; there, the disk of an instance does not last. */
export function platformOf(environment: Environment): PlatformName | undefined {
  const names = Object.keys(environment).filter((name) => environment[name]?.trim())
  const all = Object.entries<Platform>(platforms)
  const found = all.find(([, { marks }]) => names.some((name) => marks.test(name)))
  return found?.[0] as PlatformName | undefined
}

/** Gives what people know of a platform: its name, and what to do there for a disk that lasts. */
export function describePlatform(name: PlatformName): Pick<Platform, 'label' | 'disk'> {
  return platforms[name]
}

/** Gives the address at which a platform says that the service is reached, without a slash at its end. */
export function publicUrlOf(name: PlatformName, environment: Environment): string | undefined {
  const { publicUrl }: Platform = platforms[name]
  return publicUrl?.(environment)?.trim().replace(/\/+$/, '') || undefined
}

function httpsOf(host: string | undefined): string | undefined {
  return host?.trim() ? `https://${host.trim()}` : undefined
}
