# Read a tree of 2,000 files of 8 KiB and write it as an archive to a pipe.
set -e
tar -c -f - -C /bench files | cat
