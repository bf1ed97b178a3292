# sed, awk and their small companions on real input.
sed -n '10,20p' /real/text
sed -e 's/[Tt]he/<&>/g' -e '/^$/d' /real/text | head -n 20
sed '1!G;h;$!d' /real/text | head -n 5
sed -n '/GNU/{s/.*\(GNU\).*/\1/;p}' /real/text | uniq -c
awk '{ n += NF; c += length($0) + 1 } END { print NR, n, c }' /real/text
awk '{ for (i = 1; i <= NF; i++) count[length($i)]++ } END { for (l in count) print l, count[l] }' /real/text | sort -n
awk 'BEGIN { for (i = 1; i <= 20; i++) printf "%d %.6f %s\n", i, sqrt(i), sprintf("%05x", i * i * i) }'
awk -F: '{ print $1, $3 }' /etc/passwd
awk 'function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2) } BEGIN { print f(18) }'
seq 1 50 | paste -d, - - - - - | tr , ' '
printf '%s\n' pear apple fig | sort | tac
printf 'a\tb\tc\n' | expand -t 4 | od -c
echo 'hello world' | base64 | base64 -d
expr 6 \* 7
printf '3\n1\n2\n' | sort -n | xargs echo
grep -Fxf /real/tree/list-a /real/tree/list-b
diff /real/tree/list-a /real/tree/list-b
date -u -d @1000000000 '+%Y-%m-%d %H:%M:%S'
cal 2 2000
echo '2^100 + 7 * (3 - 1)' | bc 2>&1
dc -e '10 3 / p 2 k 10 3 / p' 2>&1
