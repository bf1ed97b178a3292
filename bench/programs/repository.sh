# A repository of the 2,000 files, committed, in the writable part.
set -e
rm -rf /tmp/repository
mkdir -p /tmp/repository
cp -r /bench/files /tmp/repository
cd /tmp/repository
git init -q .
git config user.name bench
git config user.email bench@example.org
git add .
git commit -q -m files
