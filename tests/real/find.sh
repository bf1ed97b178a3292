# find over a tree of a few hundred files, with every kind of test that looks at a node.
cd /real/tree || exit 1
find . | sort
find . -type d | sort | wc -l
find . -type l -exec readlink {} \; | sort
find . -name '*3*' -type f | sort
find . -size +2k | sort
find . -perm 600 | sort
find . -type f -exec md5sum {} + | sort
find . -empty | sort
find . -maxdepth 1 -type d | sort
find . -links 2 -type f | sort
find . -path '*/d2/*' | sort | xargs -n 3 echo
