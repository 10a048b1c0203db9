#!/bin/sh
# Makes the virtual environment named by $1. A bare Debian has python3 without ensurepip: the
# package python3-venv is installed when that is allowed, otherwise the one line to run is said.
set -eu
venv=$1
[ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1 && exit 0
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Tanggap needs Python 3.11 or newer; python3 here is $(python3 --version 2>&1)." >&2
    exit 1
fi
if ! python3 -c 'import ensurepip' 2>/dev/null; then
    . scripts/packages.sh
    install_packages python3-venv || {
        echo "Python cannot make a virtual environment here. Run this, then try again:" >&2
        echo "    sudo apt-get install python3-venv" >&2
        exit 1
    }
fi
rm -rf "$venv"
python3 -m venv "$venv"
