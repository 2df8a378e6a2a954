import { hash } from 'node:crypto'
import { Type } from 'typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { LockName } from '../../database/database.ts'
import type { CheckedDocument } from '../../descriptions/description.ts'
import { revisionTag } from '../../http/etag.ts'
import { problem } from '../../plugins/openapi.responses.ts'
import type { Change } from '../../plugins/unit-of-work.ts'
import { takeBodiesUnread } from '../../plugins/upload.ts'
import { callerOf, type Caller } from '../../plugins/access.ts'
import type { Repositories } from '../../storage.ts'
import { assertWritable, auditedSpec } from './access.ts'
import { likelyLimited, withinQuota, type Allowance } from './allowance.ts'
import { locksOfSpec, locksOfVersion, publishSpec, publishVersion } from './publish.ts'
import { reservedSlugs } from './slug.ts'
import { shownSpec, tagsOf } from './spec.ts'
import {
  explainDescription,
  InvalidDescriptionError,
  InvalidParameterError,
} from './specs.errors.ts'
import { sharedSchemas, SpecParams } from './specs.schemas.ts'
import { documentTypes, DocumentBody, NewSpecQuery, NewVersionQuery } from './uploads.schemas.ts'
import { assertVersionName, shownVersion } from './version.ts'

const tags = ['Specs']
const config = {
  limit: 'uploads' as const,
  largeBody: true,
  describedBody: DocumentBody,
}
const refusals = {
  400: problem('The query, or a multipart body that is not one part `document`'),
  413: problem('Larger than UPLOAD_MAX_BYTES'),
  415: problem('A media type that this route does not take'),
  422: problem('The document is not taken: what and where; or the Idempotency-Key was used'),
}

/** A new spec, and a further version: the body is the document. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  for (const schema of sharedSchemas) app.addSchema(schema)
  takeBodiesUnread(app, documentTypes)

  app.post(
    '/',
    {
      config: {
        ...config,
        access: { who: 'user', scope: 'specs:write' },
        action: 'spec.create',
      },
      schema: {
        tags,
        summary: 'Publish a spec',
        description:
          'The body is the document, kept byte for byte: OpenAPI 3.0 to 3.2, Swagger 2.0 or AsyncAPI 1 to 3, as JSON ' +
          'or YAML. One that breaks its schema is taken with `valid: false` and its findings.',
        querystring: NewSpecQuery,
        response: {
          201: Type.Ref('Spec'),
          ...refusals,
          403: problem('`quota_exceeded`, with `quota`, `limit` and `used`'),
          409: problem('`slug_taken`'),
        },
      },
    },
    async (request, reply) => {
      const { slug, visibility = 'public', state = 'published', strict = false } = request.query
      if (slug !== undefined && reservedSlugs.includes(slug)) {
        throw new InvalidParameterError('slug', 'is reserved')
      }
      const caller = callerOf(request)
      const wanted = {
        slug,
        visibility,
        state,
        version: versionOf(request.query),
        tags: tagsOf(request.query.tags),
        ownerId: caller.userId,
      }
      return receive(request, strict, (document) => {
        const given = { ...wanted, document }
        const alone = locksOfSpec(given)
        const owner = caller.userId
        return change(reply, { alone, owner, document }, async (tx, allowance) => {
          const { spec } = await publishSpec(tx, { ...given, allowance })
          return {
            status: 201,
            headers: { location: `/api/specs/${spec.slug}`, etag: revisionTag(spec) },
            body: shownSpec(spec),
            audited: { object: auditedSpec(spec) },
          }
        })
      })
    },
  )

  app.post(
    '/:slug/versions',
    {
      config: {
        ...config,
        access: { who: 'user', scope: 'specs:write', object: 'changeable' },
        action: 'version.create',
      },
      schema: {
        tags,
        summary: 'Publish a further version',
        description:
          'As for a new spec. The same bytes as a version of this spec give that one, and change nothing.',
        params: SpecParams,
        querystring: NewVersionQuery,
        response: {
          200: { ...Type.Ref('Version'), description: 'There already: the same bytes' },
          201: Type.Ref('Version'),
          ...refusals,
          403: problem(
            'A spec that the caller may see, and not change; or `quota_exceeded`: the quota of the spec’s owner',
          ),
          404: problem('Missing, or not for the caller to know of'),
          409: problem('`version_taken`'),
        },
      },
    },
    async (request, reply) => {
      const { state = 'published', strict = false } = request.query
      const version = versionOf(request.query)
      const caller = callerOf(request)
      let read: CheckedDocument | undefined
      return reply.unlessRepeated(
        async () => {
          const { id, slug, ownerId } = assertWritable(
            await app.storage.specs.bySlug(request.params.slug),
            caller,
          )
          return receive(request, strict, (document, sender) => {
            read = document
            const alone = locksOfVersion(id, document)
            return change(reply, { alone, owner: ownerId, document }, async (tx, allowance) => {
              const spec = assertWritable(await tx.specs.byId(id), sender)
              const given = { document, version, state, allowance }
              const published = await publishVersion(tx, spec, given)
              const path = `/api/specs/${slug}/versions/`
              return {
                status: published.outcome === 'same' ? 200 : 201,
                headers: { location: path + encodeURIComponent(published.version.version) },
                body: shownVersion(published.version),
                audited:
                  published.outcome === 'same'
                    ? 'nothing'
                    : {
                        object: auditedSpec(spec),
                        details: { version: published.version.version },
                      },
              }
            })
          })
        },
        async () => read?.sha256 ?? hashOf(request),
      )
    },
  )

  /**
   * Reads the body and finds out what it is, and has `use` end before the next one is read into its memory. `sender` is
   * who the caller is when it has come.
   */
  function receive<Result>(
    request: FastifyRequest,
    strict: boolean,
    use: (document: CheckedDocument, sender: Caller) => Promise<Result>,
  ): Promise<Result> {
    return app.receive(request, app.config.uploadMaxBytes, async (bytes) => {
      const document = await app.descriptions.check(bytes).catch(explainDescription)
      const { valid, findings } = document.description
      if (strict && valid !== true) throw new InvalidDescriptionError(valid, findings)
      return use(document, await app.identifyAgain(request))
    })
  }

  /** Of the document that a request brings. */
  function hashOf(request: FastifyRequest): Promise<string> {
    return app.receive(request, app.config.uploadMaxBytes, (bytes) =>
      Promise.resolve(hash('sha256', bytes)),
    )
  }

  /** Within the owner's quota. Under an Idempotency-Key, the document's hash stands for the body. */
  function change(
    reply: FastifyReply,
    of: { alone: LockName[]; owner: string; document: CheckedDocument },
    work: (tx: Repositories, allowance: Allowance) => Promise<Change>,
  ): Promise<FastifyReply> {
    const defaults = app.config.quota
    const likely = likelyLimited(of.owner, callerOf(reply.request), defaults)
    return withinQuota({ defaults, likely }, (locks, allowanceOf) =>
      reply.change(
        { alone: [...of.alone, ...locks] },
        (tx) => work(tx, allowanceOf(tx)),
        of.document.sha256,
      ),
    )
  }

  done()
}

export default routes

function versionOf({ version }: { version?: string }): string | undefined {
  return version === undefined ? undefined : assertVersionName(version)
}
