# One image for `serve`, `worker` and `migrate`; docker/replay.sh repeats its steps without an engine.

FROM python:3.11-slim AS builder
WORKDIR /build
COPY requirements/build.txt requirements/run.txt requirements/
RUN python -m venv /opt/build \
    && /opt/build/bin/python -m pip install --no-cache-dir --require-hashes -r requirements/build.txt \
    && python -m venv --without-pip /opt/hotseat \
    && /opt/build/bin/python -m pip --python /opt/hotseat/bin/python install \
        --no-cache-dir --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md ./
COPY app app
COPY migrations migrations
COPY openapi openapi
RUN /opt/build/bin/python -m pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir dist . \
    && /opt/build/bin/python -m pip --python /opt/hotseat/bin/python install --no-cache-dir --no-deps dist/*.whl

FROM python:3.11-slim
RUN groupadd --gid 10001 hotseat \
    && useradd --no-log-init --uid 10001 --gid hotseat --no-create-home --home-dir /var/lib/hotseat \
        --shell /usr/sbin/nologin hotseat \
    && install -d -o hotseat -g hotseat -m 0700 /var/lib/hotseat
COPY --from=builder /opt/hotseat /opt/hotseat
ENV PATH="/opt/hotseat/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOTSEAT_HOST=0.0.0.0 \
    HOTSEAT_PORT=8000 \
    HOTSEAT_DATABASE_URL=sqlite+aiosqlite:////var/lib/hotseat/hotseat.db
USER 10001:10001
WORKDIR /var/lib/hotseat
VOLUME /var/lib/hotseat
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['HOTSEAT_PORT']}/livez\", timeout=2)"]
ENTRYPOINT ["hotseat"]
CMD ["serve"]
