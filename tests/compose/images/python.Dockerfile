# Stands in for python:3.11-slim-bookworm on a machine without internet: Debian's own Python under the same paths.
FROM handin-stand-in:bookworm
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends ca-certificates python3.11 python3.11-venv \
 && rm -rf /var/lib/apt/lists/* \
 && for name in python python3 python3.11; do ln -s /usr/bin/python3.11 /usr/local/bin/$name; done
CMD ["python3"]
