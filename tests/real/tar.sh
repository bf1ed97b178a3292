# A tree through tar, into a pipe and out of it, and compared.
cd /real || exit 1
mkdir -p /tmp/out
tar c tree | tar x -C /tmp/out || exit 1
diff -r tree /tmp/out/tree && echo same
find tree | sort >/tmp/a
(cd /tmp/out && find tree | sort) >/tmp/b
cmp /tmp/a /tmp/b && echo names
for f in $(find tree -type f | sort); do stat -c '%a %s %h %Y %n' "$f"; done
for f in $(find tree -type f | sort); do (cd /tmp/out && stat -c '%a %s %Y %n' "$f"); done
tar cz tree | tar tz | sort | md5sum
tar c tree | gzip -9 | gunzip | tar tv | wc -l
rm -rf /tmp/out/tree && ls /tmp/out | wc -l
cp -a tree /tmp/copy && diff -r tree /tmp/copy && echo copied
mv /tmp/copy /tmp/moved && diff -r tree /tmp/moved && echo moved
