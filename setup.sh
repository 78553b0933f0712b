#!/bin/sh
# Makes the machine ready for `make run` (argument: run) or `make test` (argument: test): system libraries, and .venv from
# the hash-pinned lock. Does nothing when all is there. Debian and Ubuntu; elsewhere it says what to install.
set -eu
purpose=${1:-run}
cd "$(dirname "$0")"

say() { printf '%s\n' "$*" >&2; }

# --- Python 3.11 to 3.13
supported='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
python=
for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c "$supported" 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    say "Countersign needs Python 3.11, 3.12 or 3.13. Install one, or name it: make run PYTHON=/path/to/python3.12"
    exit 2
fi

# --- system libraries: asked for by what is missing, so that a machine that has them needs no rights
missing=
need() { missing="$missing $1"; }
library() { "$python" -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$1" 2>/dev/null; }
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$python" -c 'import ensurepip, venv' 2>/dev/null || need "python$version-venv"
library libpango-1.0.so.0 || need libpango-1.0-0
library libpangoft2-1.0.so.0 || need libpangoft2-1.0-0
library libharfbuzz-subset.so.0 || need libharfbuzz-subset0
if [ "$purpose" = test ]; then
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need postgresql
    [ -x /usr/sbin/dovecot ] || need dovecot-imapd
    command -v pdftotext >/dev/null 2>&1 || need poppler-utils
    command -v chromium >/dev/null 2>&1 || need chromium
    command -v qpdf >/dev/null 2>&1 || need qpdf
    command -v zbarimg >/dev/null 2>&1 || need zbar-tools
fi
if [ -n "$missing" ]; then
    install="apt-get install -y --no-install-recommends$missing"
    if ! command -v apt-get >/dev/null 2>&1; then
        say "Missing system packages (Debian's names):$missing"
        say "Install them with this system's package manager, then repeat."
        exit 2
    elif [ "$(id -u)" = 0 ]; then
        as_root=
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        say "Missing system packages:$missing. Please run this, then repeat:"
        say "    sudo apt-get update && sudo $install"
        exit 2
    fi
    say "Installing:$missing"
    log=$(mktemp)
    if ! { $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive $install; } >"$log" 2>&1; then
        tail -20 "$log" >&2
        say "The packages could not be installed. Please run this by hand, then repeat:"
        say "    sudo apt-get update && sudo $install"
        exit 2
    fi
    rm -f "$log"
fi

# --- the environment, from the lock with hashes; made anew when the lock or the Python changed
# (the tests' lock holds everything the run's lock does, so an environment for tests also serves `make run`)
sum() { "$python" -c 'import hashlib, sys; print(*(hashlib.sha256(open(f, "rb").read()).hexdigest() for f in sys.argv[1:]))' "$@"; }
made_from() { printf '%s %s' "$version" "$(sum "$1" pyproject.toml)"; }
ready() { [ -x .venv/bin/countersign ] && [ "$(cat .venv/.made-from 2>/dev/null)" = "$(made_from "$1")" ]; }
lock=requirements-dev.lock
ready "$lock" && exit 0
if [ "$purpose" = run ]; then
    lock=requirements.lock
    ready "$lock" && exit 0
fi
if [ "$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" != "$version" ]; then
    rm -rf .venv
    "$python" -m venv .venv
fi
say "Installing Countersign's packages into .venv (once; it takes a minute or two) ..."
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$lock"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
made_from "$lock" >.venv/.made-from
