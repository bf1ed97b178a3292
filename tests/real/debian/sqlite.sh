# sqlite3: transactions, its write-ahead log with two processes at once, locks, recovery after SIGKILL.
cd /tmp
sqlite3 db 'pragma journal_mode=wal; create table t(id integer primary key, who text, n int);'
sqlite3 db "with recursive c(x) as (select 1 union all select x+1 from c where x<20000) insert into t(who,n) select 'first', x*7%1009 from c; create index i on t(n); select count(*), sum(n), max(n) from t;"
writer() { for ((k = 0; k < 40; k++)); do echo "pragma busy_timeout=60000; begin immediate; insert into t(who,n) values('$1',$k); commit;"; done | sqlite3 db >/dev/null; }
writer a & writer b & (for i in 1 2 3 4 5; do sqlite3 db 'pragma busy_timeout=60000; select count(*) >= 20000 from t' | tail -n 1; done)
wait
sqlite3 db "select who, count(*), sum(n) from t group by who order by who; pragma integrity_check; explain query plan select * from t where n=5;"
mkfifo hold; sqlite3 db <hold & pid=$!; exec 8>hold; printf '%s\n' 'begin immediate; insert into t(who,n) values("lost",1); select "in transaction";' '.shell touch held' >&8; until [ -e held ]; do sleep 0.1; done
sqlite3 db 'pragma busy_timeout=100; begin immediate;' 2>&1; ls db*; kill -9 $pid; wait $pid 2>/dev/null; exec 8>&-
sqlite3 db "select count(*) from t where who='lost'; pragma wal_checkpoint(truncate); pragma integrity_check;"; ls -s --block-size=1 db-wal 2>/dev/null; ls db*
sqlite3 db 'pragma journal_mode=delete; begin; delete from t where n%2; commit; vacuum; select count(*), total(n) from t; pragma page_count > 0; pragma integrity_check;'
sqlite3 db 'select who, n from t order by who, n' | md5sum; sqlite3 db .dump | sqlite3 db2; sqlite3 db2 'select count(*) from t'; sqlite3 :memory: 'select sqlite_version() > "3"; select hex(zeroblob(4));' 2>&1
