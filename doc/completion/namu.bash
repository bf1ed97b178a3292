# Completion of the namu command for bash.

_namu_run_options='--memory --cpus --env --env-file --workdir --user --entrypoint --hostname --volume --mount --network --publish --dns --rw --live --tmpfs --read-only --timeout
	--status-fd --machine --accel --seed --trace --view --trace-filter --trace-full --trace-lossy --kernel --append --gdb --dry-run --verbose --interactive --tty --rm
	--init --help'

# Words that begin as the one before the cursor.
_namu_words()
{
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

_namu_files()
{
	compopt -o filenames 2> /dev/null
	mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}

_namu_run()
{
	local word=$1 before=$2 i
	for ((i = 2; i < COMP_CWORD; i++)); do
		# Behind "--" stand names of the machine, of which the host knows nothing.
		[[ ${COMP_WORDS[i]} == -- ]] && return
	done
	case $before in
	--machine) _namu_words 'microvm q35' "$word" ;;
	--network | --net) _namu_words 'none user' "$word" ;;
	--accel) _namu_words 'auto tcg kvm' "$word" ;;
	--env-file | --kernel | --trace | --view) _namu_files -f "$word" ;;
	-e | --env) mapfile -t COMPREPLY < <(compgen -v -- "$word") ;;
	-v | --volume) _namu_files -d "$word" ;;
	-m | --memory) _namu_words '64m 128m 256m 512m 1g 2g' "$word" ;;
	--cpus | -w | --workdir | -u | --user | --entrypoint | -h | --hostname | --mount | -p | --publish | --dns | --tmpfs | --timeout | --status-fd | --seed | --append) ;;
	*)
		if [[ $word == -* ]]; then
			_namu_words "$_namu_run_options --" "$word"
		else
			_namu_files -f "$word"
		fi
		;;
	esac
}

_namu()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		_namu_words 'run image trace stat export view lab doctor version help --help' "$word"
		return
	fi
	# "--accel=tcg" reaches this as three words.
	if [[ $word == '=' ]]; then
		word=''
	elif [[ $before == '=' ]]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	case ${COMP_WORDS[1]} in
	run) _namu_run "$word" "$before" ;;
	stat) _namu_files -f "$word" ;;
	export)
		case $before in
		--to) _namu_words 'perfetto svg json dot' "$word" ;;
		--lang) _namu_words 'en ko' "$word" ;;
		*)
			if [[ $word == -* ]]; then
				_namu_words '--to --output --lang' "$word"
			else
				_namu_files -f "$word"
			fi
			;;
		esac
		;;
	view)
		if [[ $word == -* ]]; then
			_namu_words '--output --open --help' "$word"
		else
			_namu_files -f "$word"
		fi
		;;
	trace)
		case $before in
		-k | --kind)
			_namu_words 'state switch wake fork exec exit reap reparent signal_send signal_deliver syscall_enter syscall_exit
				fault copy table_copy map unmap fd_open fd_close fd_dup send receive timer name' "$word"
			;;
		-p | --process | --from | --to) ;;
		*)
			if [[ $word == -* ]]; then
				_namu_words '--process --kind --from --to' "$word"
			else
				_namu_files -f "$word"
			fi
			;;
		esac
		;;
	lab)
		case $before in
		--lang) _namu_words 'en ko' "$word" ;;
		--seed) ;;
		-o | --output) _namu_files -f "$word" ;;
		*)
			if [[ $word == -* ]]; then
				_namu_words '--seed --output --lang' "$word"
			elif ((COMP_CWORD == 2)); then
				_namu_words 'list show run check' "$word"
			elif ((COMP_CWORD == 3)); then
				_namu_words "$(namu lab list 2> /dev/null | sed -E 's/^[0-9]+-([^ ]+).*/\1/')" "$word"
			else
				_namu_files -f "$word"
			fi
			;;
		esac
		;;
	image)
		if [[ $before == -o || $before == --output ]]; then
			_namu_files -f "$word"
		elif [[ $word == -* ]]; then
			_namu_words '--output --help' "$word"
		elif [[ ${COMP_WORDS[2]} == rm && COMP_CWORD -gt 2 ]]; then
			_namu_words "$(namu image ls 2> /dev/null | awk 'NR > 1 { print $1 }')" "$word"
		else
			_namu_files -f "$word"
			((COMP_CWORD == 2)) && mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W 'pull ls rm' -- "$word")
		fi
		;;
	help) _namu_words 'run image trace stat export view lab doctor version help' "$word" ;;
	esac
}

complete -F _namu namu
