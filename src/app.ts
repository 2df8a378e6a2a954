import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { LogController, type FastifyServerOptions } from 'fastify'
import configuration, { type Config } from './config/config.ts'
import announcements from './modules/announcements/announcements.routes.ts'
import auditLog from './modules/audit/audit.routes.ts'
import health from './modules/health/health.routes.ts'
import home from './modules/home/home.routes.ts'
import invites from './modules/invites/invites.routes.ts'
import me from './modules/me/me.routes.ts'
import myPassword from './modules/me/password.routes.ts'
import mySessions from './modules/me/sessions.routes.ts'
import jobRuns from './modules/operations/jobs.routes.ts'
import operations from './modules/operations/operations.routes.ts'
import pages from './modules/pages/pages.routes.ts'
import exporting from './modules/portability/export.routes.ts'
import importing from './modules/portability/import.routes.ts'
import registration from './modules/registration/registration.routes.ts'
import resets from './modules/registration/reset.routes.ts'
import sessions from './modules/sessions/sessions.routes.ts'
import specImports from './modules/specs/bulk/bulk.routes.ts'
import specDocuments from './modules/specs/document.routes.ts'
import specList from './modules/specs/list/list.routes.ts'
import specOperations from './modules/specs/operations/operations.routes.ts'
import specPages from './modules/specs/page/page.routes.ts'
import specs from './modules/specs/specs.routes.ts'
import specUploads from './modules/specs/uploads.routes.ts'
import specVersions from './modules/specs/versions.routes.ts'
import usageSums from './modules/usage/usage.routes.ts'
import user from './modules/users/user.routes.ts'
import tokens from './modules/tokens/tokens.routes.ts'
import users from './modules/users/users.routes.ts'
import audit from './plugins/audit.ts'
import auditRefusals from './plugins/audit.refusals.ts'
import auth from './plugins/auth.ts'
import bodyTimeout from './plugins/body-timeout.ts'
import closedShapes from './plugins/closed-shapes.ts'
import contentEncoding from './plugins/content-encoding.ts'
import descriptions from './plugins/descriptions.ts'
import docs from './plugins/docs.ts'
import downloads from './plugins/downloads.ts'
import ephemeral from './plugins/ephemeral.ts'
import { answerClientError } from './plugins/errors.client.ts'
import errors, { answerError } from './plugins/errors.ts'
import gracefulShutdown from './plugins/graceful-shutdown.ts'
import jsonBody from './plugins/json-body.ts'
import jobs from './plugins/jobs.ts'
import metrics from './plugins/metrics.ts'
import notFound from './plugins/not-found.ts'
import openapi from './plugins/openapi.ts'
import providerNotices from './plugins/provider-notices.ts'
import rateLimit from './plugins/rate-limit.ts'
import requestLog, { requestId } from './plugins/request-log.ts'
import retention from './plugins/retention.ts'
import security from './plugins/security.ts'
import storage from './plugins/storage.ts'
import textValidation from './plugins/text-validation.ts'
import unitOfWork from './plugins/unit-of-work.ts'
import upload from './plugins/upload.ts'
import usage from './plugins/usage.ts'
import { createTrust } from './platform/proxies.ts'
import { buildSerializer } from './http/serialization.ts'
import { buildValidator } from './http/validation.ts'

const seconds = 1000

/** The application: every plugin and module, in order. It listens to nothing yet. */
export async function buildApp(config: Config, logger: FastifyServerOptions['logger'] = false) {
  const app = Fastify({
    logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestId,
    trustProxy: config.trustProxy.length > 0 && createTrust(config.trustProxy),
    schemaController: { compilersFactory: { buildSerializer, buildValidator } },
    bodyLimit: 64 * 1024,
    frameworkErrors: answerError,
    clientErrorHandler: answerClientError,
    return503OnClosing: false,
    requestTimeout: 3600 * seconds,
    maxRequestsPerSocket: 1000,
    keepAliveTimeout: 65 * seconds,
    http: {
      headersTimeout: 10 * seconds,
      connectionsCheckingInterval: 1 * seconds,
      maxHeaderSize: 16_384,
    },
    routerOptions: { maxParamLength: 1000, ignoreTrailingSlash: true },
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.server.maxConnections = 500

  await app.register(configuration, { config })
  await app.register(errors)
  await app.register(requestLog)
  await app.register(ephemeral)
  await app.register(gracefulShutdown)
  await app.register(security)
  await app.register(bodyTimeout)
  await app.register(contentEncoding)
  await app.register(jsonBody)
  await app.register(storage)
  await app.register(providerNotices)
  await app.register(rateLimit)
  await app.register(auth)
  await app.register(usage)
  await app.register(jobs)
  await app.register(retention)
  await app.register(audit)
  await app.register(auditRefusals)
  await app.register(notFound)
  await app.register(openapi)
  await app.register(docs)
  await app.register(closedShapes)
  await app.register(textValidation)
  await app.register(unitOfWork)
  await app.register(descriptions)
  await app.register(downloads)
  await app.register(upload)
  await app.register(metrics)

  await app.register(home)
  await app.register(pages)
  await app.register(health, { prefix: '/health' })
  await app.register(users, { prefix: '/api' })
  await app.register(user, { prefix: '/api' })
  await app.register(invites, { prefix: '/api/invites' })
  await app.register(registration, { prefix: '/api/auth' })
  await app.register(resets, { prefix: '/api/auth' })
  await app.register(sessions, { prefix: '/api/auth' })
  await app.register(me, { prefix: '/api/me' })
  await app.register(myPassword, { prefix: '/api/me/password' })
  await app.register(mySessions, { prefix: '/api/me/sessions' })
  await app.register(tokens, { prefix: '/api/tokens' })
  await app.register(announcements, { prefix: '/api/announcements' })
  await app.register(specs, { prefix: '/api/specs' })
  await app.register(specList, { prefix: '/api/specs' })
  await app.register(specUploads, { prefix: '/api/specs' })
  await app.register(specVersions, { prefix: '/api/specs' })
  await app.register(specDocuments, { prefix: '/api/specs' })
  await app.register(specImports, { prefix: '/api/specs' })
  await app.register(specOperations, { prefix: '/api/specs' })
  await app.register(specPages)
  await app.register(exporting, { prefix: '/api' })
  await app.register(importing, { prefix: '/api' })
  await app.register(operations, { prefix: '/api/ops' })
  await app.register(jobRuns, { prefix: '/api/ops' })
  await app.register(usageSums, { prefix: '/api' })
  await app.register(auditLog, { prefix: '/api/audit' })
  return app
}
