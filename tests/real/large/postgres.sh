# PostgreSQL: a cluster made by initdb with peer and scram authentication and TLS; pgbench with eight clients in each kind of
# shared memory; locks, deadlocks, notices, time-outs, cancels, COPY, indices, workers; a standby that follows; a
# backend and the postmaster killed while writers write: what was acknowledged must be there. What is printed is determined.
export PATH=/usr/lib/postgresql/15/bin:$PATH PGUSER=postgres PGDATABASE=postgres D=/tmp/pg PGHOST=/tmp/pg/run
perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0); my $up = pack("a16sx14", "lo", 1); ioctl(S, 0x8914, $up)' # Linux starts with lo down
mkdir -p $D/run && cd $D && chown -R postgres: $D || exit 1
as() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
sql() { as psql -X -At "$@" 2>&1; }
ask() { sql -c "$*"; }
# Until what must come has come.
until_is() { line=$1; shift; until [ "$("$@")" = "$line" ]; do sleep 0.05; done; }
configure() { printf '%s\n' "$@" >>data/postgresql.conf; }
start() { as pg_ctl -D data -l log -w -t 300 start >start.log 2>&1 || { echo "no start:"; tail -n 20 start.log log; exit 1; }; }
stop() { as pg_ctl -D data -w -t 300 -m "${1:-fast}" stop >stop.log 2>&1 || { echo "no stop:"; tail -n 20 stop.log log; }; }

echo "== initdb"
echo secret >password
as initdb -D data -U postgres --auth-local=peer --auth-host=scram-sha-256 --pwfile=password --no-locale -E UTF8 >initdb.log 2>&1
echo "status $?"; grep -c '\.\.\. ok' initdb.log
configure "unix_socket_directories='$D/run'" "listen_addresses='127.0.0.1,::1'" max_prepared_transactions=5 shared_buffers=16MB \
	log_lock_waits=on ssl=on "ssl_cert_file='/etc/ssl/certs/ssl-cert-snakeoil.pem'" "ssl_key_file='/etc/ssl/private/ssl-cert-snakeoil.key'"

sums='select a, a = b and b = c from (select (select sum(tbalance) from pgbench_tellers) b, (select sum(delta) from pgbench_history) c,
	(select sum(abalance) from pgbench_accounts) a) s'
for kinds in mmap/posix sysv/sysv mmap/mmap; do
	echo "== shared memory: $kinds"
	configure shared_memory_type=${kinds%/*} dynamic_shared_memory_type=${kinds#*/}
	start
	ask "show shared_memory_type"; ask "show dynamic_shared_memory_type"
	[ $kinds = mmap/posix ] && { as pgbench -q -i -s 2 >pgbench.log 2>&1 || cat pgbench.log; }
	as pgbench -n -c 8 -j 2 -t 20 >pgbench.log 2>&1 || cat pgbench.log
	grep -E 'actually processed|failed' pgbench.log
	ask "$sums" | sed 's/.*|//'; ask "select count(*) from pgbench_history"
	sql <<-'END'
		set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0; set parallel_tuple_cost = 0;
		set min_parallel_table_scan_size = 0; set work_mem = '4MB';
		select count(*), sum(aid), max(aid) from pgbench_accounts;
		select count(*) from pgbench_accounts a join pgbench_accounts b using (aid) where b.bid = 1;
		explain (analyze, costs off, timing off, summary off) select count(*) from pgbench_accounts where aid % 7 = 0;
	END
	stop
done 2>&1 | sed -E 's/\(actual rows=[0-9]+ loops=3\)/(by three)/; s/Rows Removed.*/Rows Removed/; /Heap Fetches/d'
ipcs -m | grep -c postgres
start

echo "== who may come"
psql -X -Atc 'select 1' 2>&1 | grep -o 'Peer authentication failed.*'
for host in 127.0.0.1 ::1; do
	PGHOST=$host PGPASSWORD=secret psql -X -Atc 'select current_user, ssl, version from pg_stat_ssl where pid = pg_backend_pid()' 2>&1
	PGHOST=$host PGPASSWORD=wrong psql -X -Atc 'select 1' 2>&1 | grep -o -m 1 'password authentication failed.*'
done
PGHOST=127.0.0.1 PGPASSWORD=secret PGSSLMODE=disable psql -X -Atc 'select ssl from pg_stat_ssl where pid = pg_backend_pid()' 2>&1

# Two sessions that are told one line after the other: tell N SQL; sees N WORD.
open_session() { rm -f in.$1; mkfifo in.$1; as stdbuf -oL psql -X -At <in.$1 >out.$1 2>&1 & eval "exec $1>in.$1"; }
tell() { n=$1; shift; printf "%s\n" "$*" >&"$n"; }
sees() { until grep -q -- "$2" out.$1; do sleep 0.05; done; }
close_session() { eval "exec $1>&-"; }
waits() { until_is "$1" ask "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and backend_type = 'client backend'"; }
open_session 3; open_session 4
echo "== transactions"
sql <<'END'
create table t (id int primary key, v int); insert into t select g, 0 from generate_series(1, 10) g;
begin; update t set v = 1; savepoint s; update t set v = 2; rollback to s; select sum(v) from t; rollback; select sum(v) from t;
insert into t values (1, 1); insert into t select 1 / (10 - id), 0 from t;
begin isolation level serializable; select count(*) from t; commit;
END
tell 3 "begin isolation level repeatable read; select sum(v) from t; \\echo three-began"; sees 3 three-began
ask "update t set v = v + 1"
tell 3 "select sum(v) from t; update t set v = v + 1; rollback; select sum(v) from t; \\echo three-ended"; sees 3 three-ended
cat out.3
echo "== a row that is waited for"
tell 3 "begin; update t set v = 100 where id = 1; \\echo three-has-one"; sees 3 three-has-one
tell 4 "begin; update t set v = v + 1 where id = 1 returning v; \\echo four-has-one"; waits 1
ask "select count(*) from t where id = 1 for update skip locked" | head -n 1; ask "select 1 from t where id = 1 for update nowait"
ask "set lock_timeout = 50; update t set v = 0 where id = 1"
tell 3 "commit;"; sees 4 four-has-one; tell 4 "commit; \\echo four-commits"; sees 4 four-commits; cat out.4
echo "== a deadlock"
tell 3 "set deadlock_timeout = '1h'; begin; update t set v = 3 where id = 1; \\echo three-first"; sees 3 three-first
tell 4 "set deadlock_timeout = '50ms'; begin; update t set v = 4 where id = 2; \\echo four-first"; sees 4 four-first
tell 3 "update t set v = 3 where id = 2; \\echo three-second"; waits 1
tell 4 "update t set v = 4 where id = 1; rollback; \\echo four-second"; sees 4 four-second; sees 3 three-second
tell 3 "commit; \\echo three-third"; sees 3 three-third
grep -o -E 'ERROR.*|Process|blocked by' out.4; ask "select * from t where id < 3 order by id"
echo "== advisory locks"
tell 3 "select pg_advisory_lock(7); \\echo three-holds"; sees 3 three-holds
ask "select pg_try_advisory_lock(7)"
tell 4 "select pg_advisory_lock(7); \\echo four-holds"; waits 1
tell 3 "select pg_advisory_unlock(7); \\echo three-lets-go"; sees 4 four-holds; sees 3 three-lets-go
ask "select count(*) from pg_locks where locktype = 'advisory' and granted"
echo "== notices"
tell 3 "listen news; \\echo three-listens"; sees 3 three-listens
ask "notify news, 'of another'"; ask "select pg_notify('news', g::text) from generate_series(1, 3) g" >/dev/null
tell 3 "select 1; \\echo three-heard"; sees 3 three-heard; sed -n '/three-listens/,$s/ from server.*//p' out.3
echo "== ends from outside"
active() { ask "select pid from pg_stat_activity where query like 'select pg_sleep(9%' and state = 'active'"; }
tell 3 "select pg_sleep(999); \\echo three-awake"; until_is 1 sh -c 'setpriv --reuid=postgres --regid=postgres --init-groups psql -X -Atc "select count(*) from pg_stat_activity where query like '"'select pg_sleep(9%'"' and state = '"'active'"'"'
ask "select pg_cancel_backend($(active))"; sees 3 three-awake; grep 'ERROR.*cancel' out.3
ask "set statement_timeout = 100; select pg_sleep(100)"
ask "set idle_in_transaction_session_timeout = 100; begin" | head -n 1
tell 4 "set idle_in_transaction_session_timeout = 100; begin; \\echo four-idles"; sees 4 four-idles
until_is 0 ask "select count(*) from pg_stat_activity where state = 'idle in transaction'"
tell 4 "select 1;"; close_session 4; tell 3 "select 'still here';"; close_session 3; wait; tail -n 1 out.3; grep -o 'FATAL.*' out.4
PGOPTIONS='-c client_connection_check_interval=100' timeout 2 setpriv --reuid=postgres --regid=postgres --init-groups psql -Xc "select pg_sleep(500)" >/dev/null 2>&1
echo "client ended: $?"; until_is 0 ask "select count(*) from pg_stat_activity where query like 'select pg_sleep(5%'"

echo "== COPY, indices"
sql <<'END'
create table big (id bigint, h text, n int);
insert into big select g, md5(g::text), g % 1000 from generate_series(1, 60000) g;
\copy big to /tmp/pg/run/big.csv csv
END
wc -lc <run/big.csv; sha256sum <run/big.csv
sql <<'END'
create table again (like big);
\copy again from /tmp/pg/run/big.csv csv
copy again to program 'sha256sum' csv; delete from again where id > 4000; vacuum full again;
create index on again using btree (id); create index on again using hash (h); create index on again using brin (n);
create index on again using gin (string_to_array(h, 'a')); create index on again using gist (int4range(n, n + 2));
analyze again; set enable_seqscan = off; set max_parallel_workers_per_gather = 0;
explain (costs off) select n from again where h = md5('77');
select n from again where h = md5('77'); select count(*) from again where id between 1000 and 1500;
select count(*) from again where int4range(n, n + 2) @> 500; select count(*) from again where string_to_array(h, 'a') @> array['b'];
create index concurrently again_n on again (n desc, id); reindex table concurrently again;
update again set n = n + 1 where id % 3 = 0; delete from again where id % 3 = 1; vacuum (verbose off, analyze) again; vacuum full again;
select count(*), sum(n) from again; set work_mem = '64kB'; select count(*) from (select h from again order by h offset 100) s;
create table parted (k int, v text) partition by hash (k); create table p0 partition of parted for values with (modulus 2, remainder 0);
create table p1 partition of parted for values with (modulus 2, remainder 1); insert into parted select g, g from generate_series(1, 1000) g;
select count(*) from p0; create materialized view mv as select k % 10 m, count(*) from parted group by 1; select * from mv order by 1 limit 2;
create function f(n int) returns int language plpgsql as $$ begin perform 1 / n; return n; exception when others then return -1; end $$;
select f(0), f(5), lo_import('/tmp/pg/run/big.csv') > 0, (select sum(length(data)) from pg_largeobject);
END
as pg_dump -t big -t t postgres >run/dump.sql 2>&1; as createdb copy; as psql -Xq copy <run/dump.sql >/dev/null
sql copy -c "select count(*), md5(string_agg(h, '' order by id)) from big"; sql -c "select count(*), md5(string_agg(h, '' order by id)) from big"
as pg_amcheck --install-missing --all >amcheck.log 2>&1; echo "amcheck $?"

echo "== a standby"
ask "begin; insert into t values (20, 20); prepare transaction 'kept'" >/dev/null
as pg_basebackup -D standby -R -X stream -c fast >backup.log 2>&1 || cat backup.log
printf '%s\n' port=5433 "listen_addresses=''" >>standby/postgresql.conf
as pg_ctl -D standby -l standby.log -w -t 300 start >start.log 2>&1 || tail standby.log
as pgbench -n -c 4 -j 1 -t 10 >/dev/null 2>&1
until_is t ask "select pg_current_wal_lsn() = replay_lsn from pg_stat_replication"
sql -p 5433 -c "$sums" | sed 's/.*|//'; sql -p 5433 -c "insert into t values (21, 21)"; sql -p 5433 -c "select count(*) from pgbench_history"
as pg_ctl -D standby -w promote >/dev/null; sql -p 5433 -c "insert into t values (21, 21) returning v"; ask "select count(*) from t where id = 21"
as pg_ctl -D standby -w -m fast stop >/dev/null; echo "standby $?"

# Four writers, each saying a number after its row was committed, until their server is gone.
ask "create table acked (n int)"
writers() {
	for w in 1 2 3 4; do
		seq $((w * 100000)) $((w * 100000 + 20000)) | sed 's/.*/insert into acked values (&);\n\\echo &/' |
			as psql -X -q -v ON_ERROR_STOP=1 >acked.$w 2>lost.$w &
	done
	until_is t ask "select count(*) > 200 and count(distinct n / 100000) = 4 from acked"
}
judge() {
	cat acked.? | sort -n >run/acked
	[ "$(wc -l <run/acked)" -gt 190 ] && echo "many were acknowledged"
	sql -c "create temp table said (n int)" -c "\\copy said from /tmp/pg/run/acked" -c "select 'lost', count(*) from said where n not in (select n from acked)" \
		-c "select 'unsaid, at most one each', count(*) <= 4 from acked where n not in (select n from said)" -c "select 'twice', count(*) - count(distinct n) from acked" -c "truncate acked" | grep '|'
	ask "$sums" | sed 's/.*|//'; ask "select gid from pg_prepared_xacts"
	grep -l . lost.? | wc -l
}
echo "== a backend is killed"
writers
ask "select pg_postmaster_start_time()" >when
kill -9 "$(ask "select pid from pg_stat_activity where query like 'insert into acked%' limit 1")"
wait; until as pg_isready -q; do sleep 0.05; done; until_is 1 ask "select 1"
judge; ask "select pg_postmaster_start_time()" | cmp - when && echo "the same postmaster"
grep -c 'was terminated by signal 9' log; grep -c 'all server processes terminated; reinitializing' log
echo "== the postmaster is killed"
writers
kill -9 "$(head -n 1 data/postmaster.pid)"
wait; while pgrep -u postgres >/dev/null; do sleep 0.05; done
start; judge; ask "commit prepared 'kept'"; ask "select v from t where id = 20"
ipcs -m | grep -c postgres
echo "== an immediate end"
ask "insert into acked values (1)"; stop immediate; start; ask "select * from acked"
grep -c 'automatic recovery in progress' log; grep -E 'PANIC|corrupt|invalid page|TRAP' log
sql -c "select count(*), sum(id) from big"; stop; as pg_controldata data | grep 'cluster state'
pgrep -u postgres; find /dev/shm -name 'Postgre*' | wc -l
