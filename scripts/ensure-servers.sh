#!/bin/sh
# The servers that the suite talks to. Without them the suite still runs and ends with the list
# of what it could not run; with CI=true such a skip fails it.
#
# The suite starts its own on free ports. What a package would start by itself, now and at every
# boot, on the usual ports, is kept from it: the machine may be somebody's desk.
set -eu
. scripts/packages.sh
PATH=$PATH:/usr/sbin:/sbin
policy=/usr/sbin/policy-rc.d
no_cluster=/etc/postgresql-common/createcluster.d/tanggap-no-main.conf

missing=
command -v dovecot >/dev/null 2>&1 || missing="$missing dovecot-imapd"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 ||
    missing="$missing postgresql"
command -v redis-server >/dev/null 2>&1 || command -v valkey-server >/dev/null 2>&1 ||
    missing="$missing redis-server"
{ command -v gammu-smsd && command -v gammu; } >/dev/null 2>&1 ||
    missing="$missing gammu gammu-smsd"
[ -z "$missing" ] && exit 0

# https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt: 101 forbids to start.
# A container usually has such a file already; that one stays as it is.
start_nothing() {
    trap 'start_as_usual' EXIT
    trap 'exit 1' HUP INT TERM
    if [ ! -e "$policy" ]; then
        made_policy=yes
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    # pg_createcluster(1): no database cluster that the next boot would start.
    as_root mkdir -p "${no_cluster%/*}"
    echo 'create_main_cluster = false' | as_root tee "$no_cluster" >/dev/null
}

start_as_usual() {
    [ "${made_policy:-}" = yes ] && as_root rm -f "$policy"
    as_root rm -f "$no_cluster"
}

not_at_boot() {
    for package in $missing; do
        case $package in
            dovecot-imapd) service=dovecot ;;
            *) service=$package ;;
        esac
        as_root update-rc.d "$service" disable >/dev/null 2>&1 || true
    done
}

# shellcheck disable=SC2086  # one word a package
if may_install && start_nothing && install_packages $missing; then
    not_at_boot
else
    echo "Tests against real servers (Dovecot, PostgreSQL, Redis, gammu) cannot all run." >&2
    echo "To run them too:    sudo apt-get install$missing" >&2
fi
exit 0
