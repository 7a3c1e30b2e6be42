# Stands in for the redis image on a machine without internet: Debian's own Redis, the same user (999), folder and command.
FROM handin-stand-in:bookworm
RUN groupadd --gid 999 redis && useradd --uid 999 --gid 999 --no-create-home redis \
 && apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends redis-server \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir /data && chown redis:redis /data
VOLUME /data
WORKDIR /data
USER redis
CMD ["redis-server"]
