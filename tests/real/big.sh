# A file of 20 MB through checksums, dd, gzip and pipes.
md5sum /real/big
sha256sum /real/big
cat /real/big | md5sum
wc -c </real/big
dd if=/real/big bs=64k 2>/dev/null | md5sum
dd if=/real/big bs=1000 skip=1234 count=77 2>/dev/null | md5sum
dd if=/real/big of=/tmp/part bs=4096 count=1000 2>/dev/null
dd if=/real/big of=/tmp/part bs=4096 seek=500 count=10 conv=notrunc 2>/dev/null
md5sum /tmp/part
gzip -c /tmp/part >/tmp/part.gz && gunzip -c /tmp/part.gz | cmp - /tmp/part && echo equal
gzip -c </real/big | gunzip | md5sum
head -c 3000000 /real/big | tail -c 1000000 | md5sum
(head -c 1000000; cat) </tmp/part | md5sum
cp /real/big /tmp/copy && cmp /real/big /tmp/copy && echo copied
sha1sum </tmp/copy
sort -rn /tmp/part 2>/dev/null | head -n 5 | md5sum
