# Word frequencies of a long text: a pipeline of five processes.
tr -cs 'A-Za-z' '\n' </real/text | tr 'A-Z' 'a-z' | sort | uniq -c | sort -rn | head -n 60
wc /real/text
grep -c the /real/text
grep -n -i 'license' /real/text | head -n 20
cut -d' ' -f1-3 /real/text | sort -u | tail -n 20
rev </real/text | head -n 5
tail -n +500 /real/text | head -n 3
fold -w 30 /real/text | md5sum
nl /real/text | tail -n 3
