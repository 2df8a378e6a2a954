import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { callerOf } from '../../plugins/access.ts'
import { UnauthorizedError } from '../../plugins/auth.errors.ts'
import { problem } from '../../plugins/openapi.responses.ts'
import { userLock } from '../users/administrators.ts'
import { assertMayGive, newApiToken, tokensMax } from './token.ts'
import { TokenNotFoundError, TooManyTokensError } from './tokens.errors.ts'
import { CreatedToken, NewToken, Token, TokenList, TokenParams } from './tokens.schemas.ts'

const tags = ['Access']

/** The caller's own API tokens: GET all, POST a new one, DELETE one. */
const routes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.addSchema(Token)

  app.get(
    '/',
    {
      config: { access: { who: 'user', scope: 'session' } },
      schema: {
        tags,
        summary: 'List my API tokens',
        description: `All of them, at most ${tokensMax}, the oldest first; those that are over too.`,
        response: { 200: TokenList },
      },
    },
    async (request) => ({ items: await app.storage.apiTokens.list(callerOf(request).userId) }),
  )

  app.post(
    '/',
    {
      config: { access: { who: 'user', scope: 'session' }, action: 'token.create' },
      schema: {
        tags,
        summary: 'Make an API token',
        description:
          'For programs. Members can give `specs:read` and `specs:write`, editors `announcements:write` and ' +
          '`users:manage` besides, administrators all. A token never may more than its owner may at that time.',
        body: NewToken,
        response: {
          201: CreatedToken,
          403: problem('`scope_not_allowed`: above the role of the caller'),
          409: problem('`too_many_tokens`'),
        },
      },
    },
    async (request, reply) => {
      const { userId } = callerOf(request)
      const { token, row } = newApiToken(userId, request.body)
      reply.header('cache-control', 'no-store')
      // Whoever disables or demotes him comes before or after.
      return reply.change({ alone: [userLock(userId)] }, async (tx) => {
        const user = await tx.users.byId(userId)
        if (user?.status !== 'active') throw new UnauthorizedError()
        assertMayGive(user.role, row.scopes)
        if ((await tx.apiTokens.count(userId)) >= tokensMax) throw new TooManyTokensError(tokensMax)
        await tx.apiTokens.create(row)
        const { tokenHash: _, userId: __, ...told } = row
        return {
          status: 201,
          body: { ...told, lastUsedAt: null, token },
          audited: {
            object: { kind: 'token', id: row.id, name: row.name },
            details: { scopes: row.scopes.join(' '), expiresAt: row.expiresAt },
          },
        }
      })
    },
  )

  app.delete(
    '/:id',
    {
      config: { access: { who: 'user', scope: 'session', object: 'own' }, action: 'token.delete' },
      schema: {
        tags,
        summary: 'Delete an API token of mine',
        description: 'It is dead on the next request, on every instance.',
        params: TokenParams,
        response: {
          204: { type: 'null', description: 'Deleted' },
          404: problem('No API token of the caller'),
        },
      },
    },
    async (request, reply) => {
      const { userId } = callerOf(request)
      return reply.change({}, async (tx) => {
        const removed = await tx.apiTokens.remove(request.params.id, userId)
        if (!removed) throw new TokenNotFoundError()
        return {
          status: 204,
          audited: { object: { kind: 'token', id: removed.id, name: removed.name } },
        }
      })
    },
  )

  done()
}

export default routes
