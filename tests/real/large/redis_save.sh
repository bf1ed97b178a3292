# What redis-server keeps: BGSAVE and BGREWRITEAOF while it is written to (the child must see the memory of the moment of its
# fork, whatever is written since), a saving child killed in the middle, the server killed, restarts from both files, a replica.
cd /tmp && mkdir save && cd save || exit 1
perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0); my $up = pack("a16sx14", "lo", 1); ioctl(S, 0x8914, $up)' # Linux starts with lo down
# Until what must come has come: CMD... prints LINE.
until_is() { line=$1; shift; until [ "$("$@" 2>&1)" = "$line" ]; do sleep 0.02; done; }
start() { # PORT OPTION...: its own folder
	port=$1; shift; mkdir -p "$port"
	redis-server --port "$port" --dir "/tmp/save/$port" --logfile log --daemonize yes --enable-debug-command local --save '3600 1' "$@" >/dev/null
	until_is PONG redis-cli -p "$port" ping
}
r() { redis-cli -p 6379 --raw "$@" 2>&1; }
info() { redis-cli -p "$1" --raw info | tr -d '\r' | sed -n "s/^$2://p"; }
saved() { until_is 0 info 6379 rdb_bgsave_in_progress; info 6379 rdb_last_bgsave_status; }
rewritten() { until_is 00 sh -c 'redis-cli --raw info | tr -d "\r" | sed -n "s/^aof_rewrite_\(in_progress\|scheduled\)://p" | tr -d "\n"'; info 6379 aof_last_bgrewrite_status; }
killed() { pid=$(info "$1" process_id); kill -9 "$pid"; while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done; }
same() { [ "$1" = "$2" ] && echo "the same data" || echo "other data: $1 $2"; }
fill() {
	r debug populate "$1" "$2" 300
	r eval 'for i = 1, 300 do redis.call("rpush", "list", i) redis.call("sadd", "set", "m" .. i) redis.call("zadd", "zset", i, "z" .. i)
		redis.call("hset", "hash", i, string.rep("h", i)) redis.call("xadd", "stream", i .. "-1", "f", i) end
		redis.call("set", "long", string.rep("x", 1000000)) redis.call("set", "later", 1, "ex", 100000) return redis.call("dbsize")' 0
}
# Every run of this makes all of 500 keys the same number, and the number grows: a snapshot that is not of one moment has several.
step='local n = redis.call("incr", "n") for i = 1, 500 do redis.call("set", "all:" .. i, string.rep(n .. " ", 50)) end return n'
agree='local seen = {} local count = 0 for i = 1, 500 do local v = redis.call("get", "all:" .. i)
	if not seen[v] then seen[v] = 1 count = count + 1 end end
	return {count, (redis.call("get", "all:1") == string.rep(redis.call("get", "n") .. " ", 50)) and "of one moment" or "torn"}'
writes() { while [ ! -e enough ]; do redis-cli -r 20 eval "$step" 0 >/dev/null || break; done; }
writing() { rm -f enough; writes & writer=$!; redis-benchmark -q -n 100000000 -c 5 -r 5000 -t set,incr,lpush,hset >/dev/null 2>&1 & bench=$!; until_is 1 sh -c 'redis-cli --raw exists all:500 key:000000000001 | grep -c [12]'; }
written() { touch enough; kill $bench; wait $writer $bench 2>/dev/null; }
# Until the server has forked a child that saves; its number.
child() { until_is 1 info 6379 "$1"; pgrep -P "$(info 6379 process_id)"; }

echo "== saved while written to"
start 6379
fill 20000 key
writing
for round in 1 2 3; do
	before=$(r get n); r bgsave; saved; after=$(r get n)
	cp 6379/dump.rdb 6379/dump$round.rdb
	mkdir -p 6380 && cp 6379/dump.rdb 6380/dump.rdb && start 6380
	redis-cli -p 6380 --raw eval "$agree" 0; n=$(redis-cli -p 6380 get n)
	[ "$before" -le "$n" ] && [ "$n" -le "$after" ] && echo "of the time of the save"
	redis-cli -p 6380 --raw exists key:0 key:19999 list set zset hash stream long later; redis-cli -p 6380 shutdown nosave
	redis-check-rdb 6379/dump$round.rdb | grep -c 'RDB looks OK'
done
[ "$(info 6379 latest_fork_usec)" -gt 0 ] && echo "the fork was timed"
[ "$(info 6379 current_cow_peak)" -ge 0 ] && [ "$(info 6379 rdb_last_cow_size)" -gt 0 ] && echo "pages were copied"
written

echo "== restart from the RDB file"
r bgsave; saved; digest=$(r debug digest); killed 6379; start 6379; same "$digest" "$(r debug digest)"; r ttl none

echo "== the saving child is killed"
fill 3000 more >/dev/null
r config set rdb-key-save-delay 10000
for signal in 9 10; do
	r bgsave; kill -$signal "$(child rdb_bgsave_in_progress)"; saved
	r set new "$signal" 2>&1 | cut -c 1-60; r strlen key:1
done
grep -c 'Background saving terminated by signal 9' 6379/log; ls 6379 | grep -c temp
r bgsave; child rdb_bgsave_in_progress | wc -l; r bgsave; r config set rdb-key-save-delay 0; kill -9 "$(pgrep -P "$(info 6379 process_id)")"; saved
r bgsave; saved; r set new 1; r bgsave; saved; digest=$(r debug digest); killed 6379; start 6379; same "$digest" "$(r debug digest)"
r bgsave; until_is 0 info 6379 rdb_bgsave_in_progress; ps -o stat= --ppid "$(info 6379 process_id)" | wc -l

echo "== the server is killed while its child saves"
r config set rdb-key-save-delay 200; r set lost 1; r bgsave; saver=$(child rdb_bgsave_in_progress); killed 6379
kill -0 "$saver" && echo "the child goes on"; while kill -0 "$saver" 2>/dev/null; do sleep 0.02; done
start 6379; r exists key:0 key:19999 lost

echo "== the AOF file"
r config set appendfsync always; r config set appendonly yes; rewritten
writing
for round in 1 2 3; do r bgrewriteaof; rewritten; done
r config set rdb-key-save-delay 10000; r bgrewriteaof; kill -9 "$(child aof_rewrite_in_progress)"; rewritten; r config set rdb-key-save-delay 0
r bgrewriteaof; rewritten
r bgsave; r bgrewriteaof; saved; rewritten
written
r eval "$agree" 0; digest=$(r debug digest); killed 6379
redis-check-aof 6379/appendonlydir/appendonly.aof.manifest | grep -c 'All AOF files and manifest are valid'
start 6379 --appendonly yes --appendfsync always; same "$digest" "$(r debug digest)"; r eval "$agree" 0
r debug loadaof; same "$digest" "$(r debug digest)"; r debug reload; same "$digest" "$(r debug digest)"

echo "== killed while written to: what was answered is there"
for round in 1 2 3; do
	: >answers
	sh -c 'i=0; while [ $((i += 1)) ]; do echo "rpush acked $i"; done' | redis-cli --raw 2>/dev/null >answers & feeder=$!
	until [ "$(wc -l <answers)" -gt 200 ]; do sleep 0.02; done
	killed 6379; kill $feeder; wait $feeder 2>/dev/null
	start 6379 --appendonly yes --appendfsync always
	answered=$(grep -c '^[0-9]' answers); [ "$(r llen acked)" -ge "$answered" ] && echo "all answered"
	[ "$(r lindex acked 0)" = 1 ] && [ "$(r lindex acked -1)" = "$(r llen acked)" ] && echo "in order"
	r del acked >/dev/null
done
printf '*3\r\n$3\r\nset\r\n$4\r\nha' >>"$(ls -t 6379/appendonlydir/*.incr.aof | head -n 1)"; killed 6379; start 6379 --appendonly yes; r dbsize | grep -c '[0-9]'

echo "== a replica"
for way in no yes; do
	r config set repl-diskless-sync $way; r config set repl-diskless-sync-delay 0
	start "638$((${#way}))" --replicaof 127.0.0.1 6379
	until_is up info "$port" master_link_status
	r eval "$step" 0 >/dev/null; r wait 1 0 | grep -c '[1-9]'
	same "$(r debug digest)" "$(redis-cli -p "$port" --raw debug digest)"
	redis-cli -p "$port" set a 1; redis-cli -p "$port" --raw eval_ro "$agree" 0
done
redis-cli -p "$port" replicaof no one; redis-cli -p "$port" set a 1
for port in 6383 6382 6379; do pid=$(info $port process_id); redis-cli -p $port shutdown save; while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done; done
redis-check-rdb 6379/dump.rdb | grep -c 'RDB looks OK'
cat ./*/log | grep -c -i -E 'crashed|assertion' || true
