# Programs at work in a folder of the host: in Namu /tmp is one (tests/run/debian), on Linux a directory like any other.
export HOME=/tmp/home GIT_AUTHOR_DATE='1600000000 +0000' GIT_COMMITTER_DATE='1600000000 +0000' GIT_PAGER=cat
mkdir /tmp/home /tmp/work && cd /tmp/work || exit
git config --global user.name tester; git config --global user.email tester@example.org; git config --global init.defaultBranch main
mkdir repo && cd repo || exit
for d in {1..8}; do mkdir dir$d; for f in {1..25}; do echo "content of $d $f" >dir$d/file$f; done; done
git init -q . && git add -A && git commit -q -m first && git log --oneline --stat | tail -n 1
sed -i 's/content/text/' dir7/*; rm dir8/file1; git mv dir6 moved; git status --short | md5sum; git commit -qa -m second; git checkout -q -b side HEAD~1; echo side >side; git add side; git commit -q -m side
git merge -q -m merge main; git log --graph --oneline; git fsck --full 2>&1; git gc -q 2>&1; git fsck --full 2>&1; git clone -q . ../clone 2>&1; git -C ../clone rev-parse HEAD
cd .. && tar cf all.tar --sort=name --mtime=@0 --owner=0 --group=0 --exclude=.git repo && md5sum <all.tar; mkdir out && tar xpf all.tar -C out && diff -r --exclude=.git repo out/repo && echo unpacked
tar czf all.tgz -C out repo && tar tzf all.tgz | sort | md5sum; find out -type f | wc -l; find out -name 'file1*' -newermt @-1 | sort | md5sum; find out -empty; find out -type f -exec cat {} + | sort | md5sum; find out -depth -delete; ls
sqlite3 db 'CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<5000) INSERT INTO t SELECT i, hex(i*i) FROM n; SELECT count(*), sum(length(b)) FROM t'
sqlite3 db 'PRAGMA journal_mode=WAL; UPDATE t SET b = b || a WHERE a % 7 = 0; PRAGMA integrity_check; SELECT sum(length(b)) FROM t'; for i in 1 2 3 4; do sqlite3 -cmd '.timeout 60000' db "BEGIN IMMEDIATE; INSERT INTO t(b) VALUES('p$i'); COMMIT" & done; wait
sqlite3 db 'SELECT count(*) FROM t; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE; PRAGMA integrity_check'; sqlite3 db 'VACUUM'; ls db*
python3 - <<'P'
import mmap, os
with open('mapped', 'wb+') as f:
    f.truncate(300000)
    with mmap.mmap(f.fileno(), 0) as m, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_COPY) as own:
        m[5000:5004] = b'here'; own[0:3] = b'own'
        m.flush()
        f.seek(5000); print(f.read(4), own[5000:5004])
        f.seek(0); print(f.read(3)); f.write(b'WRITTEN'); f.flush(); print(m[3:10])
        os.unlink('mapped'); print(os.fstat(f.fileno()).st_nlink, os.fstat(f.fileno()).st_size); m[100:103] = b'end'
    f.seek(100); print(f.read(3))
with open('big', 'wb+') as f:
    f.seek(5 * 2**30); f.write(b'far'); f.flush(); print(os.fstat(f.fileno()).st_size, os.fstat(f.fileno()).st_blocks < 64)
    f.seek(5 * 2**30 - 2); print(f.read()); f.truncate(2**32 + 1); f.seek(2**32); print(f.read()); print(os.path.getsize('big'))
    with mmap.mmap(f.fileno(), 4097, offset=2**32 - 4096) as m:
        m[4090:4097] = b'bridged'
    f.seek(2**32 - 6); print(f.read())
P
rm big; ln -s /tmp/work/db absolute; ln -s ../work/repo/dir1 relative; ln -s loop loop; readlink absolute relative loop; cat loop; ls relative | wc -l; test -e absolute && echo reached
mkdir a; echo 1 >a/f; exec 5<a/f; mv a b; echo 2 >b/g; mv b/g b/f; cat <&5; cat b/f; ln b/f b/h; stat -c '%h' b/h; rm b/f; stat -c '%h' b/h; mv -T b repo 2>&1; rmdir b 2>&1; mkdir e && mv -T e clone 2>&1; chmod 640 b/h; touch -d @1000000000 b/h; stat -c '%a %Y %s' b/h
for i in {1..6}; do dd if=/dev/zero of=zeros bs=1M count=60 2>/dev/null & sleep 0.05; kill -9 $! 2>/dev/null; wait $! 2>/dev/null; done; dd if=/dev/zero of=zeros bs=1M count=20 2>/dev/null; for i in {1..6}; do dd if=zeros of=/dev/null bs=20M 2>/dev/null & kill -9 $! 2>/dev/null; wait $! 2>/dev/null; done; wc -c <zeros; md5sum zeros
for j in 1 2 3 4; do (for i in {1..60}; do echo $j.$i >p$j.$i; mv p$j.$i q$j.$i; [ $((i % 3)) = 0 ] && rm q$j.$i; done) & done; wait; ls q* | wc -l; cat q* | sort | md5sum; ls p* 2>/dev/null | wc -l
