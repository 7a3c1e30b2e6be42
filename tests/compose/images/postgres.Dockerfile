# Stands in for the postgres image on a machine without internet: Debian's own PostgreSQL, which answers to the same
# environment variables, user (999) and folder.
FROM handin-stand-in:bookworm
# The package would make a cluster of its own, which nobody uses.
RUN groupadd --gid 999 postgres && useradd --uid 999 --gid 999 --home-dir /var/lib/postgresql postgres \
 && mkdir -p /etc/postgresql-common && echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf \
 && apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends postgresql \
 && rm -rf /var/lib/apt/lists/* \
 && ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/ \
 && install -d -o postgres -g postgres -m 0700 /var/lib/postgresql/data /var/run/postgresql
COPY postgres-entrypoint /usr/local/bin/
ENV PGDATA=/var/lib/postgresql/data LANG=C.UTF-8
VOLUME /var/lib/postgresql/data
USER postgres
ENTRYPOINT ["postgres-entrypoint"]
CMD ["postgres"]
