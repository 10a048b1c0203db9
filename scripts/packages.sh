# Sourced. as_root COMMAND ...: as root, or through a sudo that asks nothing; 1 when neither is
# to be had. install_packages NAME ...: through apt; 1 when that cannot be, so that the caller can
# say which line to run.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

may_install() {
    command -v apt-get >/dev/null 2>&1 && as_root true 2>/dev/null
}

install_packages() {
    may_install || return 1
    echo "Installing through apt: $*"
    as_root apt-get update -qq &&
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
