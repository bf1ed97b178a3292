# Rows of PostgreSQL, each printed as `NAME VALUE UNIT`: transactions a second over the unix socket, with data that fit its memory.
export PATH=/usr/lib/postgresql/15/bin:/usr/sbin:/usr/bin:/sbin:/bin PGHOST=/tmp/pg PGUSER=postgres PGDATABASE=postgres LANG=C
mkdir -p /tmp/pg && cd /tmp/pg && chown postgres: /tmp/pg || exit 1
[ -d /dev/shm ] || mkdir -m 1777 /dev/shm
as() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
echo "clock_begin $(date +%s%N) ns"
as initdb -D data -A trust --no-locale >initdb.log 2>&1 || { cat initdb.log; exit 1; }
printf '%s\n' "unix_socket_directories='/tmp/pg'" "listen_addresses=''" shared_buffers=64MB autovacuum=off >>data/postgresql.conf
as pg_ctl -D data -l log -w -t 300 start >start.log 2>&1 || { cat start.log log; exit 1; }
as pgbench -q -i -s 1 >pgbench.log 2>&1
rate() { # OPTION...: the best of three
	for round in 1 2 3; do
		as pgbench -n "$@" 2>/dev/null | sed -n 's/^tps = \([0-9.]*\).*/\1/p'
	done | sort -g | tail -n 1
}
echo "pgbench_select $(rate -S -M prepared -c 4 -t 400) tx/s"
echo "pgbench_select_connect $(rate -S -C -c 2 -t 20) tx/s"
echo "pgbench_write $(rate -M prepared -c 4 -t 50) tx/s"
echo "clock_end $(date +%s%N) ns"
as pg_ctl -D data -w -m immediate stop >/dev/null
