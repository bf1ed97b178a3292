# nginx: two workers that serve files by sendfile and without, whole and in ranges, over connections that are kept, over TCP
# and unix sockets, TLS, as a proxy; reloaded, told to open its logs again, its workers killed, ended with requests on the way;
# asked by curl, ab and wrk. What is printed is determined.
perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0); my $up = pack("a16sx14", "lo", 1); ioctl(S, 0x8914, $up)' # Linux starts with lo down
D=/tmp/nginx
mkdir -p $D/files/many && cd $D || exit 1
until_is() { line=$1; shift; until [ "$("$@" 2>&1)" = "$line" ]; do sleep 0.05; done; }
echo "a small file" >files/small
: >files/empty
seq 1 2900000 | head -c 20000000 >files/large
for i in 1 2 3 4 5 6 7 8 9; do seq $i 1000 >files/many/$i; done
chown -R www-data: files
configure() { # WORKERS SENDFILE ANSWER
	cat >conf <<-END
		user www-data; worker_processes $1; pid $D/pid; error_log $D/error.log notice; worker_shutdown_timeout 60s;
		events { worker_connections 256; accept_mutex off; }
		http {
			sendfile $2; tcp_nopush on; keepalive_requests 100000; types { } default_type text/plain; etag off;
			log_format short '\$request_method \$uri \$status \$body_bytes_sent'; access_log $D/access.log short;
			proxy_cache_path $D/cache keys_zone=kept:1m; client_body_buffer_size 4k; client_max_body_size 50m;
			upstream both { server 127.0.0.1:8081; server unix:$D/socket; keepalive 4; }
			server {
				listen 8080 reuseport; listen [::1]:8080; root $D/files;
				listen 8443 ssl; ssl_certificate /etc/ssl/certs/ssl-cert-snakeoil.pem; ssl_certificate_key /etc/ssl/private/ssl-cert-snakeoil.key;
				location = /answer { return 200 "$3\n"; }
				location /list/ { alias $D/files/many/; autoindex on; }
				location /slow { alias $D/files; limit_rate 4m; }
				location /direct/ { alias $D/files/; directio 4k; aio threads; }
				location /by-unix/ { proxy_pass http://unix:$D/socket:/; }
				location /by-tcp/ { proxy_pass http://127.0.0.1:8081/; proxy_buffering off; }
				location /by-both/ { proxy_pass http://both/; proxy_http_version 1.1; proxy_set_header Connection ""; }
				location /cached/ { proxy_pass http://unix:$D/socket:/; proxy_cache kept; proxy_cache_valid 200 1h; add_header X-Kept \$upstream_cache_status; }
				location /dead/ { proxy_pass http://127.0.0.1:8089/; }
				location /put/ { dav_methods PUT DELETE MKCOL; alias $D/files/put/; }
				location /status { stub_status; }
			}
			server { listen 127.0.0.1:8081; listen unix:$D/socket; root $D/files; keepalive_requests 100000; }
		}
	END
}
mkdir files/put && chown www-data: files/put
get() { curl -sS -m 100 "$@" 2>&1; }
here=http://127.0.0.1:8080
status() { get -o body -w '%{http_code} %{size_download} %{num_connects}\n' "$@"; }
workers() { pgrep -f -P "$(cat pid)" 'worker process$' | sort; }
count_workers() { workers | wc -l; }

configure 2 on first
nginx -t -c $D/conf 2>&1 | grep -o 'test is successful'
/usr/sbin/nginx -c $D/conf; echo "start $?"
until_is 2 count_workers
ask() { # what must be the same however it is sent
	status $here/small; cat body; status $here/empty; status $here/none
	status $here/large; cmp body files/large && echo "the same 20 MB"
	status -r 5-11 $here/small; cat body; echo; status -r 19999990- $here/large; cat body; status -r 20000000- $here/large
	status -r 0-4,8-9 $here/small; grep -a -c 'Content-Range: bytes' body; status -r 10000000-10999999 $here/large; cksum <body
	get -I $here/large | tr -d '\r' | grep -E '^HTTP|Length|Ranges'
	status -z "$(date -d tomorrow '+%a, %d %b %Y %T GMT')" $here/small
	status 'http://[::1]:8080/small'; status -k https://127.0.0.1:8443/large; cmp body files/large; status --http1.0 $here/small
	get -o one -o two -o three -w '%{http_code} %{num_connects}\n' $here/many/1 $here/many/2 $here/large; cmp one files/many/1; cmp two files/many/2; cmp three files/large
	for way in by-unix by-tcp by-both cached direct; do
		echo "$way: $(status $here/$way/small) $(cat body), $(status $here/$way/large), $(status $here/$way/none)"
		get $here/$way/large | cmp - files/large
	done
	get -o body -D - $here/cached/small | tr -d '\r' | grep X-Kept
	get --unix-socket socket http://x/small; status $here/dead/x
	status -T files/large $here/put/copy; cmp files/put/copy files/large; status -X DELETE $here/put/copy; ls files/put
	get $here/list/ | grep -c href; get --raw $here/answer; printf 'GET /small HTTP/1.1\r\nHost: x\r\n\r\nGET /answer HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' |
		timeout 20 curl -sS telnet://127.0.0.1:8080 | tr -d '\r' | grep -E '^(HTTP|a small|first|second|third)'
	printf 'no request\r\n\r\n' | timeout 20 curl -sS telnet://127.0.0.1:8080 | tr -d '\r' | head -n 1
}
echo "== sendfile"
ask
many() { # loads: every request answered, none wrongly
	ab -q -n 600 -c 8 $1/small 2>&1 | grep -E '^(Complete|Failed|Non-2xx)|HTML'
	ab -q -k -n 1500 -c 8 $1/small 2>&1 | grep -E '^(Complete|Failed|Non-2xx|Keep-Alive r)|HTML'
	ab -q -k -n 20 -c 4 $1/large 2>&1 | grep -E '^(Complete|Failed|Non-2xx)|HTML'
	wrk -t 2 -c 16 -d 2 $1/many/3 | awk '/requests in/ { print ($1 > 50 ? "many" : "few: " $0) } /Socket errors|Non-2xx/'
}
echo "== loads"
many $here; many $here/by-both; many $here/by-unix
echo "== a reload, with a request on the way"
(get $here/slow/large | cmp - files/large && echo "the slow one is whole") & slow=$!
until get $here/status | grep -q 'Writing: 2'; do sleep 0.05; done; old=$(workers)
configure 2 off second; kill -HUP "$(cat pid)"
until_is second get $here/answer
wait $slow; until_is 2 count_workers; until [ "$(workers | head -n 1)" != "$(echo "$old" | head -n 1)" ]; do sleep 0.05; done
for pid in $old; do kill -0 "$pid" 2>&1 | grep -c 'No such'; done
ask
echo "== reloads under load"
wrk -t 1 -c 8 -d 4 $here/small >wrk.out & load=$!
for i in 1 2 3; do configure 2 on "answer-$i"; kill -HUP "$(cat pid)"; until_is "answer-$i" get $here/answer; done
wait $load; grep -c 'requests in' wrk.out; grep -E 'Non-2xx|timeout [1-9]' wrk.out
until_is 2 count_workers
echo "== the logs are opened again"
mv access.log access.old; kill -USR1 "$(cat pid)"; until [ -s access.log ]; do get $here/many/5 >/dev/null; sleep 0.05; done
sort -u access.log
echo "== a worker is killed"
for i in 1 2 3; do
	victim=$(workers | head -n 1); kill -9 "$victim"
	while workers | grep -qx "$victim"; do sleep 0.05; done; until_is 2 count_workers
	get $here/small
done
grep -c 'exited on signal 9' error.log
echo "== another configuration, another program"
echo 'nonsense;' >>conf; kill -HUP "$(cat pid)"; until grep -q 'unknown directive' error.log; do sleep 0.05; done; get $here/small
configure 1 on third; kill -HUP "$(cat pid)"; until_is third get $here/answer; until_is 1 count_workers
cp pid pid.first; kill -USR2 "$(cat pid.first)"; until [ -s pid.oldbin ] && [ "$(cat pid 2>/dev/null)" != "$(cat pid.first)" ]; do sleep 0.05; done
until_is 1 count_workers; kill -QUIT "$(cat pid.first)"; while kill -0 "$(cat pid.first)" 2>/dev/null; do sleep 0.05; done
get $here/small
echo "== a quiet end"
(get $here/slow/large | cmp - files/large && echo "the slow one is whole") & slow=$!
until get $here/status | grep -q 'Writing: 2'; do sleep 0.05; done
pid=$(cat pid); kill -QUIT "$pid"; while get -o /dev/null $here/answer >/dev/null; do sleep 0.05; done
get $here/answer | grep -o -i "couldn't connect\|failed to connect" | head -n 1
wait $slow; while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
pgrep nginx; ls pid socket 2>&1 | cut -d : -f 2-
grep -E '\[(alert|emerg|crit)\]' error.log | grep -v -E 'signal 9|unknown directive' | sed 's/.*\[/[/' | sort | uniq -c
