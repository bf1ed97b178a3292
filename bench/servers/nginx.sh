# Rows of nginx with two workers, each printed as `NAME VALUE UNIT`: requests a second over loopback TCP.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /tmp/nginx && cd /tmp/nginx || exit 1
perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0); my $up = pack("a16sx14", "lo", 1); ioctl(S, 0x8914, $up)' # Linux starts with lo down
echo "clock_begin $(date +%s%N) ns"
yes x | head -c 1024 >small
yes x | head -c 1048576 >large
cat >conf <<'END'
worker_processes 2; pid /tmp/nginx/pid; error_log /tmp/nginx/error.log;
events { worker_connections 256; }
http {
	access_log off; sendfile on; keepalive_requests 1000000;
	server { listen 127.0.0.1:80 reuseport; root /tmp/nginx; location /proxied/ { proxy_pass http://unix:/tmp/nginx/socket:/; } }
	server { listen unix:/tmp/nginx/socket; root /tmp/nginx; }
}
END
chmod 755 /tmp/nginx
nginx -c /tmp/nginx/conf || { cat error.log; exit 1; }
rate() { wrk -t 1 -c 16 -d "$1" "http://127.0.0.1/$2" | sed -n 's/^Requests\/sec: *//p'; }
echo "nginx_wrk $(rate 1 small) req/s"
echo "nginx_wrk_1m $(rate 1 large) req/s"
echo "nginx_wrk_proxy $(rate 1 proxied/small) req/s"
echo "nginx_ab_close $(ab -q -n 300 -c 8 http://127.0.0.1/small 2>&1 | sed -n 's/^Requests per second: *\([0-9.]*\).*/\1/p') req/s"
echo "clock_end $(date +%s%N) ns"
kill "$(cat pid)"
