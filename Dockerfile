# One image for all processes, because they share nearly all dependencies. docker-compose.yml names the
# program that each container runs. A container's rights depend on its secrets and networks, not its files.
#
# The final stage starts FROM scratch and contains only Node, the libraries it links to, the production
# dependencies and the compiled code. It has no shell and no package manager.
ARG NODE_IMAGE=node:24.20.0-bookworm-slim

FROM ${NODE_IMAGE} AS pnpm
WORKDIR /app
COPY package.json ./
RUN npm install --global --no-fund --no-audit "$(node --print "require('./package.json').packageManager")"

# Separates the inputs of the next stages. Docker compares files copied from a stage by content only, so a
# layer is rebuilt only when its own input changes.
FROM ${NODE_IMAGE} AS inputs
WORKDIR /source
COPY . .
RUN mkdir /manifests /schemas \
 && cp --parents --recursive package.json pnpm-lock.yaml pnpm-workspace.yaml .pnpmfile.cjs patches \
      tests/package.json examples/package.json packages/*/package.json prisma/*/package.json \
      services/*/package.json scripts/*/package.json /manifests \
 && cp --parents prisma/*/schema.prisma prisma/*/prisma.config.ts \
      scripts/build.mjs scripts/npm-settings.mjs scripts/toolchain.mjs /schemas

# The production dependencies. Prisma ships query compilers for every database. Only Postgres' is kept.
FROM pnpm AS production
COPY --from=inputs /manifests/ ./
RUN --mount=type=cache,id=pnpm-store,target=/pnpm/store \
    pnpm install --frozen-lockfile --prod --no-optional --ignore-scripts --filter '!./tests' --filter '!./examples' \
      --filter '!./scripts/bench' --filter '!./scripts/chaos' --filter '!./scripts/demo' --filter '!./scripts/test' \
      --filter '!./scripts/screenshots' --filter '!./scripts/pack' --filter '!./scripts/provision' --filter '!./scripts/contracts' --filter '!./scripts/observability' \
      --store-dir /pnpm/store --config.package-import-method=copy \
 && find node_modules/.pnpm/@prisma+client@*/node_modules/@prisma/client/runtime -type f \
      \( -name '*cockroachdb*' -o -name '*mysql*' -o -name '*sqlite*' -o -name '*sqlserver*' \
         -o -name '*edge*' -o -name 'query_compiler_fast*' \) -delete \
 && find node_modules/.pnpm -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
 && rm -rf tests examples scripts/bench scripts/chaos scripts/demo scripts/screenshots scripts/pack scripts/provision scripts/contracts scripts/observability patches pnpm-lock.yaml pnpm-workspace.yaml .pnpmfile.cjs

FROM pnpm AS build
COPY --from=inputs /manifests/ ./
RUN --mount=type=cache,id=pnpm-store,target=/pnpm/store \
    pnpm install --frozen-lockfile --ignore-scripts --store-dir /pnpm/store --config.package-import-method=copy
COPY --from=inputs /schemas/ ./
RUN node scripts/build.mjs generate
COPY tsconfig.json tsconfig.base.json ./
COPY packages/ packages/
COPY prisma/ prisma/
COPY services/ services/
COPY scripts/ scripts/
RUN node scripts/build.mjs build page \
 && mkdir /out \
 && cp --parents --recursive packages/*/dist prisma/*/dist prisma/*/migrations services/*/dist \
      scripts/stack/dist scripts/terminal/dist scripts/verify/dist scripts/messages/dist \
      scripts/compose/dist /out \
 && find /out -type f \( -name '*.map' -o -name '*.d.ts' -o -name '.tsbuildinfo' \) -delete

# A root file system with Node. A new volume takes the owner of the folder that it is mounted on.
FROM ${NODE_IMAGE} AS root
RUN node=$(readlink -f "$(command -v node)") \
 && mkdir -p /root-fs/usr/local/bin /root-fs/etc /root-fs/run/secrets /root-fs/tmp \
      /root-fs/secrets/all /root-fs/secrets/postgres /root-fs/secrets/order /root-fs/secrets/relay \
      /root-fs/secrets/inventory /root-fs/secrets/console /root-fs/secrets/verify /root-fs/secrets/verifier \
 && cp "$node" /root-fs/usr/local/bin/node \
 && ldd "$node" | grep -o '/[^ ]*' | xargs cp --parents --dereference --target-directory=/root-fs \
 && echo 'node:x:1000:1000::/tmp:' >/root-fs/etc/passwd \
 && echo 'node:x:1000:' >/root-fs/etc/group \
 && chmod 1777 /root-fs/tmp \
 && chmod 700 /root-fs/run/secrets /root-fs/secrets/* \
 && chown 1000:1000 /root-fs/run/secrets /root-fs/secrets/*
# Commands for operators: docker compose exec order messages list
RUN for command in messages=scripts/messages/dist/main verify=scripts/verify/dist/main url=services/console/dist/url; do \
      printf '#!/usr/local/bin/node --env-file-if-exists=/run/secrets/env\nimport("/app/%s.js");\n' "${command#*=}" \
        >"/root-fs/usr/local/bin/${command%%=*}" \
      && chmod 755 "/root-fs/usr/local/bin/${command%%=*}"; \
    done

FROM scratch
COPY --from=root /root-fs/ /
COPY --from=production /app/ /app/
COPY --from=build /out/ /app/
WORKDIR /app
# glibc otherwise keeps the memory in which V8 compiled Prisma's WebAssembly, some 25 MB.
ENV NODE_ENV=production PATH=/usr/local/bin MALLOC_TRIM_THRESHOLD_=131072
USER 1000:1000
# Secrets are read from a file, because `docker inspect` and /proc show a container's environment.
ENTRYPOINT ["node", "--max-semi-space-size=4", "--heap-growing-percent=30", "--v8-pool-size=1", "--env-file-if-exists=/run/secrets/env"]
