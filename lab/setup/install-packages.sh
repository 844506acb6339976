#!/bin/sh
# Installs the named Debian packages without starting what they bring: the lab runs its own servers on ports of its own.
# What keeps the services down is taken away again, whatever happens.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

policy=/usr/sbin/policy-rc.d
clusters=/etc/postgresql-common/createcluster.d
made=''
undo() {
  for path in $made; do rm -f "$path"; done
  rmdir "$clusters" /etc/postgresql-common 2>/dev/null || true
}
trap undo EXIT
trap 'exit 130' INT TERM HUP

if [ ! -e "$policy" ]; then
  made="$policy"
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

# Debian creates a database cluster "main" when the server is first installed, unless told not to.
if [ ! -e /usr/bin/pg_createcluster ]; then
  mkdir -p "$clusters"
  made="$made $clusters/no-main-cluster.conf"
  printf 'create_main_cluster = false\n' >"$clusters/no-main-cluster.conf"
fi

apt-get -q -o DPkg::Lock::Timeout=300 update
apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold install --no-install-recommends "$@"
