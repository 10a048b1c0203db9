#!/bin/sh
# The servers that the suite talks to. Without them the suite still runs and ends with the list
# of what it could not run; with CI=true such a skip fails it.
set -eu
. scripts/packages.sh
PATH=$PATH:/usr/sbin
missing=
command -v dovecot >/dev/null 2>&1 || missing="$missing dovecot-imapd"
[ -z "$missing" ] && exit 0
# shellcheck disable=SC2086  # one word a package
install_packages $missing || {
    echo "Tests against a real IMAP server (Dovecot) cannot run: it is not installed." >&2
    echo "To run them too:    sudo apt-get install$missing" >&2
}
exit 0
