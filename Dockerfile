# syntax=docker/dockerfile:1
# docker build --tag package-broker .     How to run it: deploy/README.md

# --ignore-scripts: the one native package brings its binary, and some versions of npm would compile it nevertheless.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY migrations migrations
COPY mail-templates mail-templates
COPY docs docs
COPY src src
COPY dashboard dashboard
COPY script script
RUN npm run build

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
# tini, because git leaves helpers behind that somebody has to reap.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates git openssh-client tini \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# The home of the user is the volume, so that ssh keys and known hosts in /data/.ssh outlive the container.
RUN usermod --home /data node \
  && install --directory --owner=node --group=node --mode=0700 /data \
  && install --directory --owner=node --group=node /var/cache/package-broker \
  && ln --symbolic /app/dist/src/main.js /usr/local/bin/package-broker
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  PORT=8080 \
  DATA_DIR=/data \
  HOME=/data \
  NODE_COMPILE_CACHE=/var/cache/package-broker
USER node
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "package-broker"]
CMD ["serve"]
