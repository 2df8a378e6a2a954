import { promisify } from 'node:util'
import { createGunzip, gunzip } from 'node:zlib'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { takesGzip } from '../../http/accept-encoding.ts'
import { isKnown } from '../../http/etag.ts'
import { problem } from '../../plugins/openapi.responses.ts'
import { assertReadable } from './access.ts'
import { mayRead, mayWrite } from './spec.ts'
import { VersionNotFoundError, VersionWithdrawnError } from './specs.errors.ts'
import { VersionParams } from './specs.schemas.ts'
import type { DocumentHead } from './versions.repository.ts'

const unpackAtOnce = promisify(gunzip)

/** Larger documents are unpacked as their reader takes them: many readers at once would have them all in memory. */
const atOnceMost = 256 * 1024

/** The bytes that were uploaded: compressed as they are stored for those who take that. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.get(
    '/:slug/versions/:version/document',
    {
      config: { access: { who: 'guest', scope: 'specs:read', object: 'visible' } },
      schema: {
        tags: ['Specs'],
        summary: 'Download a version’s document',
        description: 'Byte for byte what was uploaded.',
        params: VersionParams,
        response: {
          200: {
            description: 'The document',
            content: {
              'application/json': { schema: { type: 'object' } },
              'application/yaml': { schema: { type: 'object' } },
            },
          },
          304: { type: 'null' },
          404: problem('Missing, or not for the caller to know of'),
          410: problem('The version was withdrawn'),
        },
      },
    },
    async (request, reply) => {
      const { slug, version } = request.params
      const found = await app.storage.versions.document(slug, version)
      if (!found || !isShown(found, request)) throw await whyMissing(request, slug)
      if (found.state === 'withdrawn') throw new VersionWithdrawnError()

      const packed = takesGzip(request.headers['accept-encoding'])
      const tag = packed ? `"${found.sha256}-gzip"` : `"${found.sha256}"`
      const known = request.headers['if-none-match']
      describe(reply, found, tag)
      // Whoever sent a token got `no-store` with it.
      if (!request.caller) reply.header('cache-control', 'no-cache')
      if (known !== undefined && isKnown(known, tag)) return reply.code(304).send(null)

      if (request.method === 'GET') app.countDownload(found.specId)
      reply.header('content-type', found.mediaType)
      if (!packed) return reply.header('content-length', found.bytes).send(await unpack(found))
      return reply.header('content-encoding', 'gzip').send(found.content)
    },
  )

  /** The spec may be one that is not there for the caller, too. */
  async function whyMissing({ caller }: FastifyRequest, slug: string): Promise<Error> {
    assertReadable(await app.storage.specs.bySlug(slug), caller)
    return new VersionNotFoundError()
  }

  done()
}

export default routes

function isShown(found: DocumentHead, { caller }: FastifyRequest): boolean {
  return found.state === 'draft' ? mayWrite(found, caller) : mayRead(found, caller)
}

function describe(reply: FastifyReply, found: DocumentHead, tag: string): void {
  reply.headers({
    etag: tag,
    vary: 'Accept-Encoding',
    'content-disposition': `attachment; filename="${fileName(found)}"`,
    // Pages of others may show what anybody may read.
    'cross-origin-resource-policy': found.open ? 'cross-origin' : 'same-origin',
  })
}

function unpack({ bytes, content }: DocumentHead & { content: Buffer }) {
  return bytes > atOnceMost ? createGunzip().end(content) : unpackAtOnce(content)
}

/** Characters that every system takes in a name, and no header has to quote. */
function fileName({ slug, version, mediaType }: DocumentHead): string {
  const extension = mediaType === 'application/json' ? 'json' : 'yaml'
  return `${slug}-${version.replaceAll(/[^A-Za-z0-9._-]+/g, '-')}.${extension}`
}
