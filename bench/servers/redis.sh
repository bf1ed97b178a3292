# Rows of redis, each printed as `NAME VALUE UNIT`. A server with 256 MiB in it forks to save them; the child is held while
# the server is written to, so that the pages copied are a matter of the writes and not of how long the child takes.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /tmp/redis && cd /tmp/redis || exit 1
perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0); my $up = pack("a16sx14", "lo", 1); ioctl(S, 0x8914, $up)' # Linux starts with lo down
echo "clock_begin $(date +%s%N) ns"
redis-server --save '' --daemonize yes --dir /tmp/redis --logfile log --enable-debug-command local >/dev/null
until [ "$(redis-cli ping 2>/dev/null)" = PONG ]; do sleep 0.05; done
info() { redis-cli --raw info | tr -d '\r' | sed -n "s/^$1://p"; }
rate() { # REQUESTS COMMAND PIPELINE: the best of three
	for round in 1 2 3; do
		redis-benchmark --csv -c 10 -n "$1" -t "$2" -P "$3" -r 100000 | awk -F '"' -v command="$2" 'tolower($2) == command { print $4 }'
	done | sort -g | tail -n 1
}
for command in set get; do
	echo "redis_${command}_p1 $(rate 20000 $command 1) req/s"
	echo "redis_${command}_p16 $(rate 100000 $command 16) req/s"
done

redis-cli flushall >/dev/null
redis-cli debug populate 240000 key 1024 >/dev/null
least=
for round in 1 2 3 4 5; do
	redis-cli bgsave >/dev/null
	child=$(pgrep -P "$(info process_id)")
	kill -STOP "$child"
	fork=$(info latest_fork_usec)
	[ -n "$least" ] && [ "$least" -le "$fork" ] || least=$fork
	if [ $round = 5 ]; then
		redis-cli config resetstat >/dev/null
		redis-cli eval 'for i = 0, 239999, 48 do redis.call("setrange", "key:" .. i, 0, "x") end' 0 >/dev/null
		writes=$(redis-cli --raw info commandstats | sed -n 's/^cmdstat_setrange:calls=5000,usec=\([0-9]*\),.*/\1/p')
		kill -CONT "$child"
		until [ "$(info rdb_bgsave_in_progress)" = 0 ]; do sleep 0.1; done
		echo "redis_fork_256m $least us"
		echo "redis_write_5000 $writes us"
		echo "redis_cow_5000 $(($(info rdb_last_cow_size) / 1024)) KiB"
	else
		kill -KILL "$child"
		until [ "$(info rdb_bgsave_in_progress)" = 0 ]; do sleep 0.1; done
	fi
done
echo "clock_end $(date +%s%N) ns"
redis-cli shutdown nosave
