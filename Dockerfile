# The shop as an image; docs/OPERATIONS.md says how to run it.
#   docker build -t duken:local .

FROM python:3.13-slim AS build

# No pip in it: what runs does not install.
RUN python -m venv --without-pip /opt/venv
COPY requirements-extra.txt /tmp/requirements.txt
# Compiled here, because nothing can be written where it runs.
RUN pip --python /opt/venv/bin/python install --no-cache-dir \
        --disable-pip-version-check --compile --requirement /tmp/requirements.txt

WORKDIR /app
# .dockerignore lets through what the shop runs on, and nothing else.
COPY . .
# The key is for this one step, and stays in no layer: the settings ask for one, and no
# static file depends on it.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
        /opt/venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q .


FROM python:3.13-slim

# tini is process 1: a process that is itself number 1 does not hear SIGTERM until it has
# asked for it, which takes a worker seconds. pg_dump and pg_restore are for `manage.py
# backup` and `restore`. Debian keeps no older versions, so a pinned one would soon be gone.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client tini \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 duken \
    && useradd --uid 10001 --gid duken --no-create-home --home-dir /tmp \
        --shell /usr/sbin/nologin duken

COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# The only places that the shop writes to; a new volume takes their owner over.
RUN install --directory --owner duken --group duken \
        /app/data/media /app/data/imports /app/data/backups \
        /var/log/duken /var/log/duken/web /var/log/duken/worker \
        /var/log/duken/beat /var/log/duken/bot

# Of glibc: threads share two heaps, and what checks a password (19 MiB) or draws a
# picture is given back at once. Else a web process keeps it for each of its threads.
ENV MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=4194304 \
    MALLOC_TRIM_THRESHOLD_=4194304

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    BEAT_SCHEDULE_FILE=/tmp/beat-schedule \
    IMAGE_PROXY_CACHE_DIR=/tmp/image-cache

WORKDIR /app
# As a number: Kubernetes believes a name only when it is one.
USER 10001:10001
EXPOSE 8000

# Of the web process; docker-compose.yml says how the others are asked.
HEALTHCHECK --interval=10s --timeout=6s --start-period=180s --retries=3 \
    CMD ["python", "scripts/healthcheck.py"]
# It becomes the process of that name.
ENTRYPOINT ["tini", "--", "python", "scripts/entrypoint.py"]
CMD ["web"]

# Last, so that a new number does not build anything anew.
ARG VERSION=local
ARG REVISION=unknown
ENV RELEASE=${VERSION}
LABEL org.opencontainers.image.title="Duken" \
    org.opencontainers.image.description="An online shop: storefront, back office, API, Telegram bot" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.base.name="docker.io/library/python:3.13-slim"
