# findutils, coreutils and acl on trees of files.
mkdir /tmp/t && cd /tmp/t || exit
for d in {a..e}; do for n in {1..40}; do mkdir -p $d/$n; echo "$d $n" >"$d/$n/file"; done; done
find . | wc -l; find . -type f -name 'f*' -path './b/*' | sort | md5sum; find . -type d -empty | wc -l
find . -type f -size -10c -print0 | sort -z | xargs -0 cat | md5sum
find . -name file -exec grep -l 'c 1' {} + | sort | head -n 4; find . -mindepth 2 -maxdepth 2 -type d | wc -l
find . -newer a/1/file -type f | wc -l | sed 's/.*/newer/'; touch -d '2001-02-03 04:05:06.789' a/1/file; find . ! -newermt 2002-01-01 -type f; stat -c '%y %s %A %h' a/1/file
find . -type f | xargs -P 4 -n 10 wc -c | grep -c total; find /usr/bin -perm -4000 | sort; find /usr/share/bash-completion -type l -printf '%p %l\n' | sort | md5sum
cp -a a copy; diff -r a copy && echo same; cp -al b linked; stat -c %h linked/1/file; cp -r --reflink=auto c d/; du -s --apparent-size -B1 e/1/file; rm -rf d; ls
ln -s a/1 s; ln -s s/file t; readlink -f t; realpath s; readlink -m /no/such/../place; mv -T copy moved; mv -n moved e; ls -A1 e | tail -n 2
mkfifo p; (echo through >p &) ; cat p; mknod dev c 1 3 && echo gone >dev; stat -c '%F %t %T' dev p; rm p dev
chmod -R u=rwX,go=rX e; stat -c %a e/1 e/1/file; chmod 1777 e; chmod u+s,g+s e/1/file; ls -ld e e/1/file | cut -c 1-10; umask 027; : >masked; stat -c %a masked
chown -R 1000:1000 b; stat -c '%U %G' b/1/file; setpriv --reuid 1000 --regid 1000 --clear-groups bash -c 'echo mine >b/1/file && cat b/1/file; echo no >c/1/file; cat /etc/shadow' 2>&1
install -D -m 640 a/1/file deep/er/still; stat -c %a deep/er/still; rmdir --ignore-fail-on-non-empty -p deep/er; touch -h -d @0 s; stat -c %Y s; ls -l --time-style=+%s s
ls -la --time-style=+ /etc | sed 1d | grep -v ^d | md5sum; ls -R /usr/share/perl/5.36/ | md5sum; ls --color=always -d a s | od -c | head -n 3; du -a --apparent-size a/1 | sort; df --output=target . >/dev/null && echo df
setfattr -n user.color -v green a/2/file 2>/dev/null; getfattr -d a/2/file 2>/dev/null | sed 1d
sync a/1/file && echo synced; mktemp -d /tmp/XXXXXX | wc -c; test -w /etc/passwd && echo writable; [ a/1/file -ef linked/1/file ] || echo other; test -u e/1/file && echo suid
chroot / /bin/true && echo chroot; pathchk -p /tmp/ok && echo path; dir=$(pwd -P); cd s; pwd; pwd -P; cd -P ..; pwd
seq 1 5000 | sed 's/^/n/' | xargs touch; ls | wc -l; find . -maxdepth 1 -name 'n*' -delete; ls | wc -l; rm -rf ./* && ls -A
