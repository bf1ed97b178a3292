# coreutils, grep, sed, gawk, diff, patch on texts.
cd /tmp
gawk 'BEGIN { srand(7); for (i = 0; i < 50000; i++) print int(rand() * 100000), "word" i % 977, i }' >data
wc data; md5sum data; sha256sum data; b2sum data; cksum data
sort -n data | md5sum; sort -k2,2 -k1,1nr -S 1M --parallel=2 data | md5sum; sort -u -k2,2 data | wc -l
sort -R --random-source=/etc/services data 2>/dev/null | sort | md5sum
cut -d' ' -f2 data | sort | uniq -c | sort -k1,1nr -k2 | head -n 3
grep -c 'word1[0-9]$' data; grep -E '(12|21)3+ ' data | md5sum; grep -P '^(\d)\d*\1 ' data | wc -l; grep -vF word data | wc -l
sed -n '100,110p;$p' data; sed -E 's/([0-9]+) (word)([0-9]+)/\3-\2-\1/' data | md5sum; sed -i.bak '1~2d' data; wc -l data data.bak
gawk '{ n[$2] += $1 } END { PROCINFO["sorted_in"] = "@ind_str_asc"; for (w in n) print w, n[w] }' data | md5sum
gawk 'BEGIN { "date -u -d @86400 +%F" | getline d; print d; print toupper(d) | "cat"; close("cat"); system("exit 3"); print strftime("%F", 0, 1) }'
gawk 'BEGIN { cmd = "sort"; print "b" |& cmd; print "a" |& cmd; close(cmd, "to"); while ((cmd |& getline l) > 0) print l }'
join <(sort -k1,1 data | head -n 1000) <(sort -k1,1 data.bak | head -n 1000) | wc -l
comm -12 <(sort data) <(sort data.bak) | wc -l
split -n l/7 -d data part.; ls part.* | xargs -n 1 wc -l; cat part.* | cmp - data && echo together
csplit -s data 100 200 300 && wc -l xx0*; paste -d, <(seq 5) <(seq 6 10); tac data | tail -n 1; nl data | sed -n 3p; fold -w 20 data | md5sum
od -An -tx1 -N32 data; head -c 100000 data | base64 | base64 -d | cmp - <(head -c 100000 data) && echo base64
tr -s 0-9 x <data | md5sum; expand data | unexpand -a | md5sum; fmt -w 60 data | md5sum; pr -h title -D date data | md5sum
seq 1 100 >one; sed 's/^5/five/' one >two; diff -u --label a --label b one two >change; patch -s one change && cmp one two && echo patched
numfmt --to=iec 123456789; factor 1234567890123; expr 6 \* 7; date -u -d '2020-02-29 +1 year' +%F; printf '%s\n' "$(echo {1..20})"
shuf -i 1-1000 | sort -n | md5sum; seq 1 1000000 | tail -n 1; yes | head -n 100000 | md5sum; tsort <<<"a b b c a c"
dd if=data.bak of=copy bs=7k count=11 iflag=fullblock status=none; md5sum copy; truncate -s 1M copy; stat -c '%s %b %n' copy; cmp -n 1000 copy data.bak
echo '3 ^ 100; scale=30; 4*a(1)' | bc -l; tee >(md5sum >sum.tee) <data >/dev/null; until [ -s sum.tee ]; do sleep 0.1; done; cat sum.tee
nice -n 5 nice; nohup echo nohup 2>/dev/null; timeout -s KILL 0.1 sleep 9 2>/dev/null; echo $?; env -i A=1 printenv; id -u; nproc | grep -c .
