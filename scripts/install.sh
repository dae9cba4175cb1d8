#!/bin/sh
# Make .venv hold what a requirements file pins: install.sh requirements.txt
# Nothing is done when it already does. Works with any POSIX shell and Python 3.11+.
set -eu

requirements=$1
root=$(cd "$(dirname "$0")/.." && pwd)
venv=$root/.venv
python=$venv/bin/python
cd "$root"

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

runs() { "$@" >/dev/null 2>&1; }
new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
complete='import ensurepip, sqlite3, ssl, venv'

find_python() {
    seen=
    for name in python3.13 python3.12 python3.11 python3; do
        runs "$name" -c "$new_enough" || continue
        if runs "$name" -c "$complete"; then
            command -v "$name"
            return
        fi
        seen=$name
    done
    if [ -n "$seen" ]; then
        fail "$seen lacks one of the modules venv, ensurepip, sqlite3, ssl." \
            "On Debian and Ubuntu: apt install python3-venv"
    fi
    fail "Python 3.11 or newer is needed, and no python3 on the PATH is" \
        "(found: $(python3 -V 2>&1 || true)). See https://www.python.org/downloads/"
}

# The environment is good for this folder only: the scripts in it name their Python.
made_here=$venv/made-in
if ! runs "$python" -c "$new_enough" || ! runs "$python" -m pip --version ||
    [ "$(cat "$made_here" 2>/dev/null)" != "$root" ]; then
    best=$(find_python)
    say "Making .venv with $("$best" -V) …"
    "$best" -m venv --clear "$venv"
    # `pytest` and `celery` typed by hand find the project as `python -m` does.
    site=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    say "$root" >"$site/duken.pth"
    say "$root" >"$made_here"
fi

wanted=$(cksum <"$requirements")
stamp=$venv/installed-$requirements
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    say "Installing the packages of $requirements (a minute the first time) …"
    # Compiled now, also where PYTHONDONTWRITEBYTECODE is set: every start is faster.
    "$python" -m pip install -qq --disable-pip-version-check --no-input \
        --compile --requirement "$requirements"
    say "$wanted" >"$stamp"
fi
