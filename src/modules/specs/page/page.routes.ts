import { Readable } from 'node:stream'
import { Type } from 'typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isKnown, revisionTag } from '../../../http/etag.ts'
import { version as build } from '../../../version.ts'
import { readableVersion } from '../readable-version.ts'
import { mayRead, mayWrite } from '../spec.ts'
import { useOutline } from '../outlines.ts'
import type { FoundSpec, VersionRow } from '../specs.columns.repository.ts'
import { SpecNotFoundError, VersionNotFoundError } from '../specs.errors.ts'
import { SpecParams, VersionParams } from '../specs.schemas.ts'
import index from './index.routes.ts'
import { notFoundPage, specPagePolicy } from './layout.ts'
import { assets } from './page.assets.ts'
import { specPage } from './spec.page.ts'
import { hasViewer, withViewer } from './viewer.ts'

const querystring = Type.Object({ from: Type.Integer({ minimum: 0, maximum: 20_000, default: 0 }) })
/** The page names so many other versions. */
const versionsShown = 100

/** What people read of a spec; whoever reads it in a browser is a guest, as a rule. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  const config = {
    access: { who: 'guest', scope: 'specs:read', object: 'visible' } as const,
  }

  void app.register(index)

  app.get(
    '/specs/:slug',
    { config, schema: { hide: true, params: SpecParams, querystring } },
    async (request, reply) => {
      const { slug } = request.params
      const spec = await app.storage.specs.bySlug(slug)
      if (!spec || !mayRead(spec, request.caller)) return sendNotFound(reply)
      const version = spec.latest ?? (await newestOf(spec, request))
      if (!version) return sendNotFound(reply)
      return send(request, reply, { spec, version, from: request.query.from })
    },
  )

  app.get(
    '/specs/:slug/:version',
    { config, schema: { hide: true, params: VersionParams, querystring } },
    async (request, reply) => {
      const found = await readableVersion(app.storage, {
        ...request.params,
        caller: request.caller,
      }).catch(missing)
      if (!found) return sendNotFound(reply)
      return send(request, reply, { ...found, from: request.query.from })
    },
  )

  for (const [name, { type, content }] of Object.entries(assets)) {
    const config = { access: { who: 'public' as const }, offline: true }
    app.get(`/docs/${name}`, { config, schema: { hide: true } }, (_request, reply) =>
      reply
        .header('cache-control', 'public, max-age=31536000, immutable')
        // The pages are sandboxed: to the browser they are of another origin.
        .header('cross-origin-resource-policy', 'cross-origin')
        .type(type)
        .send(content),
    )
  }

  /** What speaks for a spec of which nothing was published yet. */
  async function newestOf(
    spec: FoundSpec,
    { caller }: FastifyRequest,
  ): Promise<VersionRow | undefined> {
    const drafts = mayWrite(spec, caller)
    const [newest] = await app.storage.versions.list({ specId: spec.id, drafts, limit: 1 })
    return newest
  }

  async function send(
    request: FastifyRequest,
    reply: FastifyReply,
    { spec, version, from }: { spec: FoundSpec; version: VersionRow; from: number },
  ): Promise<FastifyReply> {
    const tag = tagOf(spec, request)
    const known = request.headers['if-none-match']
    // A 304 brings its headers to the page that is there.
    html(reply).header('etag', tag)
    if (request.caller === null) reply.header('cache-control', 'no-cache')
    if (known !== undefined && isKnown(known, tag)) return reply.code(304).send(null)

    const { documents, versions } = app.storage
    const drafts = mayWrite(spec, request.caller)
    const viewer = version.state !== 'withdrawn' && hasViewer(version)
    const [content, others] = await Promise.all([
      viewer ? documents.content(version.documentId) : undefined,
      versions.list({ specId: spec.id, drafts, limit: versionsShown + 1 }),
    ])
    const page = await useOutline(documents, version.documentId, ({ operations }) =>
      specPage({
        spec,
        version,
        latest: version.id === spec.latestId,
        versions: others.slice(0, versionsShown),
        moreVersions: others.length > versionsShown,
        operations,
        from: from < operations.length ? from : 0,
        viewer: content !== undefined,
      }),
    )
    if (page === undefined) return sendNotFound(reply)
    return reply.send(content ? Readable.from(withViewer(page, content)) : page)
  }

  done()
}

export default routes

/** Everything that the page shows raises the revision of its spec; another build may show it in another way. */
function tagOf(spec: FoundSpec, { caller }: FastifyRequest): string {
  const seen = mayWrite(spec, caller) ? 'all' : 'open'
  return `"${build}.${seen}.${revisionTag(spec).slice(1, -1)}"`
}

function html(reply: FastifyReply): FastifyReply {
  return reply.header('content-security-policy', specPagePolicy).type('text/html; charset=utf-8')
}

function sendNotFound(reply: FastifyReply): FastifyReply {
  return html(reply.code(404).removeHeader('etag')).send(notFoundPage())
}

/** What the reader may not see answers like what is not there. */
function missing(error: unknown): undefined {
  if (error instanceof SpecNotFoundError || error instanceof VersionNotFoundError) return undefined
  throw error
}
