# Builds Lua from Debian's sources, four jobs at a time; every object, the archive and the programs must be the same bytes
# wherever they are built, and what was built must run.
set -eu
mkdir /tmp/lua && cd /tmp/lua
tar xf /work/lua5.4_*.orig.tar.gz --strip-components=1
make -C src -j4 linux MYCFLAGS='-g0' >/tmp/lua.log 2>&1 || { tail -n 20 /tmp/lua.log; exit 1; }
grep -c '^gcc' /tmp/lua.log
cd src
sha256sum ./*.o liblua.a lua luac
cat >/tmp/run.lua <<'L'
local function queens(n)
	local count, cols, up, down = 0, {}, {}, {}
	local function place(row)
		if row > n then count = count + 1 return end
		for col = 1, n do
			if not (cols[col] or up[row + col] or down[row - col]) then
				cols[col], up[row + col], down[row - col] = true, true, true
				place(row + 1)
				cols[col], up[row + col], down[row - col] = nil, nil, nil
			end
		end
	end
	place(1)
	return count
end
print(_VERSION, queens(7))
local words = {}
for word in ("the quick brown fox jumps over the lazy dog"):gmatch("%a+") do words[#words + 1] = word end
table.sort(words)
print(table.concat(words, " "), #words, ("%.17g"):format(2 ^ 0.5))
local pipe = io.popen("echo from a child; exit 3")
print(pipe:read("a"), pipe:close())
local routine = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i * i) end end)
print(routine(), routine(), routine())
local name = os.tmpname()
local file <close> = assert(io.open(name, "w+"))
file:write(("x"):rep(100000)):seek("set", 99990)
print(file:read(100), os.remove(name))
L
./lua /tmp/run.lua
./luac -o /tmp/run.luac /tmp/run.lua && ./lua /tmp/run.luac | cksum
sha256sum /tmp/run.luac
# Nothing is to do any more, and one touched file is one file to compile.
make linux MYCFLAGS='-g0' >/tmp/again.log 2>&1
grep -c '^gcc' /tmp/again.log || true
touch lstring.c
make linux MYCFLAGS='-g0' 2>&1 | grep '^gcc' | grep -c lstring
