#!/bin/sh
# `make bench` loads the shop with wrk, which is no Python package: where it is missing
# and may be installed (Debian and Ubuntu, as root), it is.
set -e
if command -v wrk >/dev/null; then
    exit 0
fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "Installing wrk …"
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends wrk >/dev/null
    exit 0
fi
echo "make bench needs wrk: on Debian and Ubuntu apt install wrk, elsewhere https://github.com/wg/wrk" >&2
exit 1
