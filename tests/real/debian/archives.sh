# tar, gzip, bzip2, xz, zstd, cpio on a tree of Debian's own files.
cd /tmp || exit
tree=/usr/share/perl/5.36/Pod
export TZ=UTC0
opts='--sort=name --mtime=@1600000000 --owner=0 --group=0 --numeric-owner'
tar cf one.tar $opts -C $tree . && md5sum one.tar && tar tf one.tar | wc -l
for z in gzip bzip2 xz zstd; do tar cf "one.$z" $opts --use-compress-program="$z" -C $tree . && mkdir "x$z" && tar xf "one.$z" -C "x$z" && diff -r $tree "x$z" && echo "$z is whole"; done
gzip -n -9 <one.tar | md5sum; xz -T2 -k -c one.tar | xz -d | cmp - one.tar && echo xz; gzip -n <one.tar >big.gz; gzip -l big.gz; gzip -t big.gz && echo sound; zcat big.gz | zgrep -c sub
(cd $tree && find . -depth | sort | cpio -o --reproducible -H newc --quiet) | md5sum
mkdir out && (cd out && (cd $tree && find . | cpio -o -H newc --quiet) | cpio -id --quiet && diff -r . $tree && echo cpio)
truncate -s 10M sparse; echo end >>sparse; tar cSf sparse.tar sparse; stat -c %s sparse.tar; mkdir sp; tar xf sparse.tar -C sp; cmp sparse sp/sparse && stat -c %b sp/sparse
mkdir src; cd src; echo a >f; ln f hard; ln -s f sym; mkfifo fifo; mkdir -m 1777 d; chmod 4711 f; cd ..
tar cf special.tar $opts src; tar tvf special.tar; rm -r src; tar xpf special.tar; ls -ld --time-style=+%F src/[f-s]*; stat -c '%A %Y' src/d
tar cf inc.tar -g snap src 2>/dev/null; echo new >src/new; tar cf inc2.tar -g snap src; tar tf inc2.tar; tar df special.tar 2>&1 | sort; tar --delete -f special.tar src/hard; tar tf special.tar
head -c 1000 one.tar >torn; tar tf torn 2>&1; xz -t special.tar 2>&1; echo $?; echo garbage | gzip -d 2>&1; head -c 3000 big.gz | gzip -d 2>&1 >/dev/null
tar cf - -C $tree . | (mkdir piped && tar xf - -C piped) && diff -r piped $tree && echo piped
