# git on a tree of 2,000 files: init, add, commit, log, branches, gc, fsck, clone.
export HOME=/tmp GIT_AUTHOR_DATE='1600000000 +0000' GIT_COMMITTER_DATE='1600000000 +0000' GIT_PAGER=cat
git config --global user.name tester; git config --global user.email tester@example.org
git config --global init.defaultBranch main; git config --global advice.detachedHead false
mkdir /tmp/repo && cd /tmp/repo || exit
for d in {1..40}; do mkdir dir$d; for f in {1..50}; do echo "content of $d $f" >dir$d/file$f; done; done
git init -q . && git add -A && git commit -q -m first && git log --oneline --stat | tail -n 1
git status --short | wc -l
sed -i 's/content/text/' dir7/*; rm dir8/file1; echo new >new; git status --short | sort | md5sum; git add -A; git commit -q -m second; git log --format='%H %T %an %s'
git checkout -q -b side HEAD~1; echo side >side; git add side; git commit -q -m side; git checkout -q main; git merge -q -m merge side; git log --graph --oneline
git diff --stat HEAD~1 | tail -n 1; git blame dir7/file1; git grep -c text | wc -l; git ls-files -s | md5sum; git rev-parse HEAD
git tag -a v1 -m one; git describe; git stash list; echo x >>new; git stash -q; git stash pop -q; git diff; git checkout -q new
git fsck --full 2>&1; git gc -q 2>&1; git count-objects -v | grep -E 'count|in-pack|packs|garbage'; git fsck --full 2>&1
git clone -q /tmp/repo /tmp/clone 2>&1; git -C /tmp/clone log --oneline | head -n 1; diff -r --exclude=.git /tmp/repo /tmp/clone && echo cloned; git clone -q file:///tmp/repo /tmp/clone2 2>&1; git -C /tmp/clone2 fsck 2>&1
git archive HEAD | md5sum; git bundle create -q /tmp/b HEAD 2>&1; git bundle verify -q /tmp/b 2>&1; git rebase -q side 2>&1; git log --oneline | head -n 3; git worktree add -q /tmp/wt side 2>&1; ls /tmp/wt | wc -l
