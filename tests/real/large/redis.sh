# redis-server asked by redis-cli and redis-benchmark, over loopback TCP and over a unix socket: every type of data, expiry,
# transactions, scripts, publishing, those who block, streams. What is printed is determined.
cd /tmp && mkdir redis && cd redis || exit 1
perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0); my $up = pack("a16sx14", "lo", 1); ioctl(S, 0x8914, $up)' # Linux starts with lo down
redis-server --port 6379 --unixsocket /tmp/redis/socket --save '' --loglevel notice --logfile log --daemonize yes \
	--enable-debug-command local >start 2>&1
tcp() { redis-cli --raw "$@" 2>&1; }
unix() { redis-cli -s /tmp/redis/socket "$@" 2>&1; }
# Until what must come has come: CMD... prints LINE.
until_is() { line=$1; shift; until [ "$("$@" 2>&1)" = "$line" ]; do sleep 0.02; done; }
until_is PONG redis-cli ping
for way in tcp unix; do
	echo "== $way: strings"
	$way set a 1; $way incrby a 41; $way append a x; $way get a; $way strlen a; $way incr a
	$way setrange a 5 hello; $way getrange a 0 -1; $way mset b 1 c 2 d 3; $way mget a b c d none
	$way setbit bits 100 1; $way bitcount bits; $way bitpos bits 1; $way bitfield bits incrby u8 0 255 overflow sat incrby u8 0 9
	$way set nx 1 nx; $way set nx 2 nx; $way set nx 3 xx get; $way getdel nx; $way incrbyfloat f 1.5; $way getset f x
	echo "== $way: lists"
	$way rpush l 1 2 3 4 5; $way lpush l 0; $way lrange l 0 -1; $way linsert l before 3 two-and-a-half; $way lrem l 1 5
	$way lmove l m left right; $way lpos l 4; $way lindex l -1; $way ltrim l 1 2; $way lrange l 0 -1; $way rpop l 9; $way exists l
	echo "== $way: hashes"
	$way hset h a 1 b 2 c 3; $way hincrby h a 10; $way hget h a; $way hmget h a b none; $way hlen h; $way hdel h b; $way hgetall h
	$way hexists h b; $way hkeys h; $way hvals h; $way hstrlen h a; $way object encoding h
	echo "== $way: sets"
	$way sadd s 3 1 2; $way sadd t 2 3 4; $way sinter s t; $way sunion s t; $way sdiff s t; $way smismember s 1 9; $way scard s
	$way smove s t 1; $way sinterstore u s t; $way smembers u; $way object encoding u
	echo "== $way: sorted sets"
	$way zadd z 1 one 2 two 3 three 2.5 half; $way zrange z 0 -1 withscores; $way zrangebyscore z '(1' +inf; $way zrank z two
	$way zincrby z 5 one; $way zrevrange z 0 0; $way zpopmin z; $way zcount z 2 3; $way zlexcount z - +; $way zrangestore zz z 0 -1
	echo "== $way: places, counts, bitmaps"
	$way geoadd g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania; $way geodist g Palermo Catania km
	$way geosearch g fromlonlat 15 37 byradius 200 km asc; $way pfadd p a b c d a; $way pfcount p; $way bitop not n bits; $way strlen n
	echo "== $way: streams"
	$way xadd x 1-1 k v; $way xadd x 2-1 k w n 5; $way xadd x 1-9 k u; $way xlen x; $way xrange x - +
	$way xgroup create x workers 0; $way xreadgroup group workers w1 count 1 streams x '>'; $way xpending x workers
	$way xack x workers 1-1; $way xpending x workers; $way xautoclaim x workers w2 0 0; $way xtrim x maxlen 1; $way xread streams x 0
	echo "== $way: transactions"
	printf 'multi\nset t1 1\nincr t1\nlpush t1 x\nexec\n' | $way; $way get t1
	printf 'multi\nset t1 9\ndiscard\nget t1\n' | $way; printf 'watch t1\nset t1 5\nmulti\nset t1 6\nexec\nget t1\n' | $way
	printf 'multi\nno-such-command\nexec\n' | $way
	echo "== $way: scripts"
	$way eval 'return {KEYS[1], ARGV[1], redis.call("incr", KEYS[1]), {1, 2, "three"}}' 1 count arg
	$way eval 'local t = 0 for i = 1, 100000 do t = t + i end return t' 0; $way script load 'return 7'; $way evalsha "$($way --raw script load 'return 7')" 0
	$way eval 'return redis.call("lpush", "count", 1)' 0; $way eval 'return cjson.encode({a = 1})' 0; $way eval 'error("no")' 0 | cut -c 1-20
	$way function load '#!lua name=own
redis.register_function("twice", function(keys, args) return args[1] * 2 end)'
	$way fcall twice 0 21; $way function delete own
	echo "== $way: expiry"
	$way set e 1 px 60; $way set long 1 ex 1000; [ "$($way --raw ttl long)" -gt 800 ]; echo $?; $way persist long; $way ttl long; $way ttl none
	until_is 0 redis-cli exists e; $way get e; $way expire long -1; $way exists long; $way set k v; $way expireat k 99999999999; $way expiretime k
	echo "== $way: the rest"
	$way type l2; $way type z; $way rename a aa; $way exists a aa; $way copy aa ab; $way sort t desc; $way dump b | head -c 0; $way getex aa
	$way dbsize; $way select 1; $way -n 3 set in3 1; $way -n 3 dbsize; $way move b 3; $way swapdb 0 3; $way get in3; $way swapdb 0 3
	$way set big "$(head -c 100000 /dev/zero | tr '\0' b)"; $way --raw get big | cksum; $way object encoding big
	$way get z; $way hset; $way no-such; $way config set no-such 1; $way config get maxmemory-policy; $way client getname; $way echo 'two words'
	$way debug no-such | head -c 40; echo; $way scan 0 count 1000 | wc -l; $way debug digest
	$way flushall
done

echo "== publishing"
redis-cli --raw subscribe one two >sub1 & sub1=$!
redis-cli --raw -s socket psubscribe 'o*' >sub2 & sub2=$!
until_is 'one 1' sh -c 'redis-cli --raw pubsub numsub one | xargs'
until_is 1 redis-cli --raw pubsub numpat
redis-cli publish one first; redis-cli publish two second; redis-cli publish other third; redis-cli publish nobody fourth
until [ "$(wc -l <sub1)" -ge 12 ] && [ "$(wc -l <sub2)" -ge 11 ]; do sleep 0.02; done
kill $sub1 $sub2; wait $sub1 $sub2 2>/dev/null; cat sub1 sub2
until_is 0 redis-cli --raw pubsub numpat

echo "== those who block"
until_blocked() { until_is "$1" sh -c 'redis-cli client list | grep -c flags=b'; }
redis-cli blpop q 0 >pop1 & pop1=$!
until_blocked 1
redis-cli -s socket brpop none q 0 >pop2 & pop2=$!
until_blocked 2
redis-cli blmove q q2 left right 0 >pop3 & pop3=$!
redis-cli bzpopmin zq 0 >pop4 & pop4=$!
redis-cli xread block 0 streams xq '$' >pop5 & pop5=$!
until_blocked 5
redis-cli rpush q 1 2 3; redis-cli zadd zq 7 seven; redis-cli xadd xq 5-5 a b
wait $pop1 $pop2 $pop3 $pop4 $pop5; cat pop1 pop2 pop3 pop4 pop5
redis-cli blpop q 0.1; redis-cli lrange q2 0 -1
redis-cli blpop q 0 >pop1 2>&1 & pop1=$!
until_blocked 1
redis-cli client unblock "$(redis-cli client list | sed -n 's/^id=\([0-9]*\) .*flags=b.*/\1/p')" error; wait $pop1; cat pop1
redis-cli wait 0 10; redis-cli client no-evict on; redis-cli client list | wc -l

echo "== many at once"
for way in '-p 6379' '-s /tmp/redis/socket'; do
	for pipeline in 1 16; do
		# shellcheck disable=SC2086
		redis-benchmark $way -q --csv -n 2000 -c 20 -P $pipeline -r 100 -t ping,set,get,incr,lpush,rpush,lpop,rpop,sadd,hset,spop,zadd,zpopmin,lrange_100,mset |
			cut -d , -f 1
	done
done
redis-benchmark -q --csv -n 2000 -c 300 -t set,get | cut -d , -f 1
redis-benchmark -q --csv -n 2000 -c 20 --threads 3 -t set,get | cut -d , -f 1
redis-benchmark -q --csv -n 200 -d 300000 -t set,get | cut -d , -f 1
redis-cli --pipe >/dev/null <<P
$(for i in $(seq 2000); do echo "SET pipe:$i $i"; done)
P
redis-cli --raw eval 'return #redis.call("keys", "pipe:*")' 0
redis-cli config set maxmemory 1; redis-cli set no room; redis-cli config set maxmemory 0; redis-cli set no room

echo "== threads that read and write for it"
redis-server --port 6400 --save '' --io-threads 4 --io-threads-do-reads yes --daemonize yes --logfile threads.log >start
until_is PONG redis-cli -p 6400 ping
for pipeline in 1 16; do
	redis-benchmark -p 6400 -q -n 4800 -c 60 -P $pipeline incr counter >/dev/null; redis-cli -p 6400 get counter
	redis-benchmark -p 6400 -q -n 4800 -c 60 -P $pipeline -d 3000 lpush list __data__ >/dev/null; redis-cli -p 6400 llen list
done
redis-cli -p 6400 shutdown; until_is 1 grep -c 'bye bye' threads.log

echo "== its end"
pid=$(redis-cli --raw info server | sed -n 's/^process_id:\([0-9]*\).*/\1/p')
redis-cli shutdown nosave; while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
redis-cli ping 2>&1; redis-cli -s socket ping 2>&1; test -e socket; echo "$?"
grep -c -i -E 'crash|assert|bug' log; grep -c 'bye bye' log
