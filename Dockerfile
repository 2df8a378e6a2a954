# The image of the service: what is compiled stays behind, what runs is put together by scripts/image.ts.
# To pin the base by digest, too: docker buildx imagetools inspect node:26.10.0-slim
ARG NODE_IMAGE=node:26.10.0-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
# No cache mount: some platforms build without BuildKit, or want an id of their own in it.
COPY package.json package-lock.json ./
# No package runs a script; the Node of package.json would come by one, and the image has the same.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY scripts/ scripts/
COPY src/ src/
COPY migrations/ migrations/
COPY LICENSE ./
RUN node scripts/image.ts image

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Holdfast" \
      org.opencontainers.image.description="A marketplace of API descriptions that keeps its data in SQLite or PostgreSQL" \
      org.opencontainers.image.licenses="MIT"
# For 512 MB: what is left goes to buffers, SQLite and the thread that reads API descriptions.
ENV NODE_ENV=production \
    NODE_OPTIONS="--max-semi-space-size=8 --max-old-space-size-percentage=60"
WORKDIR /app
COPY --from=build /build/image/ ./
# SQLite writes here and nowhere else; what is to last needs a volume at /app/data.
RUN mkdir data && chown 1000:1000 data
RUN mkdir dist/.cache && chown 1000:1000 dist/.cache
USER node
# What Node compiles of the bundle is kept beside it: on a tenth of a processor, half a second of each start.
RUN node dist/cli.js --help > /dev/null
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["node", "dist/healthcheck.js"]
CMD ["node", "dist/cli.js", "serve"]
