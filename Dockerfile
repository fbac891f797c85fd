# One image for all processes. They share nearly all of their dependencies, so that one build and one
# set of layers serve all of them; docker-compose.yml says which one a container runs. What a container
# can reach is decided by its secrets and networks, not by which files it has.
#
# The result is made FROM scratch: Node, the libraries that it is linked to, the production dependencies,
# the compiled code. No shell, no package manager, nothing else of a distribution.
ARG NODE_IMAGE=node:24.20.0-bookworm-slim

FROM ${NODE_IMAGE} AS pnpm
WORKDIR /app
COPY package.json ./
RUN npm install --global --no-fund --no-audit "$(node --print "require('./package.json').packageManager")"

# What the next stages are made from, taken apart, so that a layer is made anew only when its own input
# has changed: copied from a stage, only the content counts.
FROM ${NODE_IMAGE} AS inputs
WORKDIR /source
COPY . .
RUN mkdir /manifests /schemas \
 && cp --parents --recursive package.json pnpm-lock.yaml pnpm-workspace.yaml .pnpmfile.cjs patches \
      tests/package.json examples/package.json packages/*/package.json prisma/*/package.json services/*/package.json /manifests \
 && cp --parents prisma/*/schema.prisma prisma/*/prisma.config.ts scripts/build.mjs scripts/toolchain.mjs /schemas

# The dependencies of what runs. Prisma brings its query compilers for every database it knows.
FROM pnpm AS production
COPY --from=inputs /manifests/ ./
RUN --mount=type=cache,id=pnpm-store,target=/pnpm/store \
    pnpm install --frozen-lockfile --prod --filter '!./tests' --filter '!./examples' --ignore-scripts \
      --store-dir /pnpm/store --config.package-import-method=copy \
 && find node_modules/.pnpm/@prisma+client@*/node_modules/@prisma/client/runtime -type f \
      \( -name '*cockroachdb*' -o -name '*mysql*' -o -name '*sqlite*' -o -name '*sqlserver*' \
         -o -name '*edge*' -o -name 'query_compiler_fast*' \) -delete \
 && find node_modules/.pnpm -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
 && rm -rf tests examples patches pnpm-lock.yaml pnpm-workspace.yaml .pnpmfile.cjs

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
RUN node scripts/build.mjs build \
 && mkdir /out \
 && cp --parents --recursive packages/*/dist prisma/*/dist prisma/*/migrations services/*/dist /out \
 && find /out -type f \( -name '*.map' -o -name '*.d.ts' -o -name '.tsbuildinfo' \) -delete

# A root file system with Node in it. Volumes take the owner of the folder that they are mounted on.
FROM ${NODE_IMAGE} AS root
RUN node=$(readlink -f "$(command -v node)") \
 && mkdir -p /root-fs/usr/local/bin /root-fs/etc /root-fs/run/secrets /root-fs/tmp \
      /root-fs/secrets/all /root-fs/secrets/postgres /root-fs/secrets/order /root-fs/secrets/relay \
      /root-fs/secrets/inventory /root-fs/secrets/verify \
 && cp "$node" /root-fs/usr/local/bin/node \
 && ldd "$node" | grep -o '/[^ ]*' | xargs cp --parents --dereference --target-directory=/root-fs \
 && echo 'node:x:1000:1000::/tmp:' >/root-fs/etc/passwd \
 && echo 'node:x:1000:' >/root-fs/etc/group \
 && chmod 1777 /root-fs/tmp \
 && chmod 700 /root-fs/run/secrets /root-fs/secrets/* \
 && chown 1000:1000 /root-fs/run/secrets /root-fs/secrets/*
# Commands for people: docker compose exec order messages list
RUN for command in messages verify; do \
      printf '#!/usr/local/bin/node --env-file-if-exists=/run/secrets/env\nimport("/app/scripts/%s.mjs");\n' "$command" \
        >"/root-fs/usr/local/bin/$command" \
      && chmod 755 "/root-fs/usr/local/bin/$command"; \
    done

FROM scratch
COPY --from=root /root-fs/ /
COPY --from=production /app/ /app/
COPY --from=build /out/ /app/
COPY scripts/ /app/scripts/
WORKDIR /app
ENV NODE_ENV=production PATH=/usr/local/bin
USER 1000:1000
# The secrets come as a file, which neither `docker inspect` nor the environment of a container shows.
ENTRYPOINT ["node", "--max-semi-space-size=8", "--heap-growing-percent=30", "--env-file-if-exists=/run/secrets/env"]
