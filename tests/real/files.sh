# What file programs make of the tree over the image.
cd /real/tree || exit 1
ls; ls -a d1 | head -n 5
stat -c '%a %u %g %h %F %n' * | sort
stat -c '%s %n' list-* link dangling
cat list-a | tee /tmp/x | wc -l; cmp list-a /tmp/x && echo tee
mkdir -p /tmp/a/b/c && touch /tmp/a/b/c/file && rmdir /tmp/a/b/c 2>/dev/null; echo $?
ln -s /tmp/a /tmp/link && ls /tmp/link/b && readlink -f /tmp/link/b/c
chmod 751 /tmp/a && stat -c %a /tmp/a; chmod u-x,g+w /tmp/a && stat -c %a /tmp/a
touch -d '2001-02-03 04:05:06' /tmp/dated && stat -c %Y /tmp/dated
TZ=UTC0 ls -l --full-time /tmp/dated 2>/dev/null | cut -d' ' -f6-7
echo gone >list-a; cat list-a; rm list-b; ls list-b 2>&1; echo back >list-b; cat list-b
mv d1 d9 && ls -d d9 && ls d1 2>&1; ls d9 | wc -l
rm -rf d2 && ls -d d2 2>&1; mkdir d2 && ls d2 | wc -l
ln list-a hard && stat -c %h hard; rm list-a; stat -c %h hard; cat hard
cp -r d9 copy && diff -r d9 copy && echo same
for i in $(seq 1 200); do echo $i >many-$i; done; ls | grep -c many; rm many-*; ls | grep -c many
truncate -s 12345 /tmp/t && stat -c %s /tmp/t; od -A d -t x1 /tmp/t | head -n 3
dd if=/dev/zero of=/tmp/sparse bs=1 seek=1000000 count=1 2>/dev/null; stat -c %s /tmp/sparse; md5sum /tmp/sparse
head -c 100 /dev/urandom | wc -c; head -c 5 /dev/zero | od -c
echo x >/dev/full 2>/dev/null; echo "full $?"
df /tmp >/dev/null && echo df; mount | grep -q ' /proc ' && echo proc
id; id -u; whoami; hostname | wc -l
su user -s /bin/sh -c 'id -u; touch /real/denied 2>&1; touch /tmp/mine && stat -c %U /tmp/mine; cat /etc/passwd >/dev/null && echo read'
chown user:user /tmp/x && stat -c '%U %G' /tmp/x
uname -s; uname -m; nproc | grep -c .; free | head -n 1 | grep -c total; uptime | grep -c load
pwd; cd /; pwd; cd /proc/self && pwd
