# The dynamic programs of tests/dynamic, made for one libc: sh run.sh DIRECTORY
dir=$1
export LD_LIBRARY_PATH=$dir
$dir/main 2>&1; echo "status $?"
LD_PRELOAD=$dir/libpreload.so $dir/main 2>&1 | head -n 6
LD_BIND_NOW=1 $dir/main 2>&1 | grep -c yes
# Namu keeps code at one place under an emulator, unless told not to
homes=/proc/sys/vm/code_homes
if [ -e $homes ]; then echo 0 >$homes; fi
$dir/places
mv $dir/libchain_third.so $dir/hidden; $dir/main >/dev/null 2>&1; echo "without a library: $?"
head -c 100 $dir/hidden >$dir/libchain_third.so; $dir/main >/dev/null 2>&1; echo "with a torn one: $?"
mv $dir/hidden $dir/libchain_third.so
