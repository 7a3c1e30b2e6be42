# One image for every process of the service; the command says which.

FROM python:3.11-slim-bookworm AS build
WORKDIR /opt/handin
RUN python3 -m venv .venv
# What is pinned first: a change of our own code then builds in seconds. Wheels in deploy/wheels, where there are any,
# are all that is used, so that an image can be built without reaching an index:
#   pip download --require-hashes --dest deploy/wheels --requirement requirements/runtime.txt
COPY requirements/runtime.txt requirements/
COPY deploy deploy
RUN if [ -d deploy/wheels ]; then set -- --no-index --find-links deploy/wheels; fi \
 && .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check "$@" \
        --require-hashes --requirement requirements/runtime.txt
COPY . .
RUN .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation --no-index .

FROM python:3.11-slim-bookworm
# The sandbox: bubblewrap, its system call filter, and setpriv of util-linux.
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends bubblewrap libseccomp2 util-linux \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent handin \
 # Volumes take over owner and mode of what they cover.
 && install -d -o handin -g handin -m 0700 /data /data/blobs \
 && install -d -o handin -g handin -m 0755 /run/handin
COPY --from=build /opt/handin/.venv /opt/handin/.venv
COPY deploy/database-password /usr/local/bin/
ENV PATH=/opt/handin/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HANDIN_DATA=/data \
    HANDIN_ADDRESS=0.0.0.0 \
    HANDIN_PORT=8000
WORKDIR /data
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["handin"]
CMD ["web"]
