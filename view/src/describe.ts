// Numbers, times, system calls and records as text.

import { Trace, key_of, signed_word_of, text_of, word_of } from "./load";
import { Look, Model, Process, name_at } from "./model";
import { Language, Word, say } from "./text";

export const LOOK_WORDS: Word[] = ["nothing_chosen", "new", "ready", "running", "blocked", "stopped", "suspended", "zombie"];

/** A length of time with three or four digits. */
export function length_text(ns: number): string {
	if (!isFinite(ns)) return "–";
	if (ns < 1000) return `${Math.round(ns)} ns`;
	const [value, unit] = ns < 1e6 ? [ns / 1e3, "µs"] : ns < 1e9 ? [ns / 1e6, "ms"] : [ns / 1e9, "s"];
	return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
}

/** A moment, in ms since the boot, exact to the microsecond. */
export function moment_text(ns: number): string {
	return `${(ns / 1e6).toFixed(3)} ms`;
}

export function count_text(count: number): string {
	return Math.round(count).toString().replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}

export function bytes_text(bytes: number): string {
	if (bytes < 10000) return `${count_text(bytes)} B`;
	if (bytes < 1024 * 10000) return `${(bytes / 1024).toFixed(1)} KiB`;
	return `${(bytes / 1048576).toFixed(1)} MiB`;
}

export function process_text(process: Process | undefined, t: number): string {
	return process ? `${name_at(process, t)}[${process.pid}]` : "–";
}

export function thread_text(model: Model, thread: number, t: number): string {
	const { tid, process } = model.threads[thread];
	const owner = model.processes[process];
	return owner.pid === tid ? process_text(owner, t) : `${process_text(owner, t)}/${tid}`;
}

const ERRORS =
	"EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP".split(
		" ",
	);
const MORE_ERRORS: Record<number, string> = {
	42: "ENOMSG", 43: "EIDRM", 61: "ENODATA", 62: "ETIME", 71: "EPROTO", 75: "EOVERFLOW", 84: "EILSEQ", 88: "ENOTSOCK",
	89: "EDESTADDRREQ", 90: "EMSGSIZE", 91: "EPROTOTYPE", 92: "ENOPROTOOPT", 93: "EPROTONOSUPPORT", 94: "ESOCKTNOSUPPORT",
	95: "EOPNOTSUPP", 97: "EAFNOSUPPORT", 98: "EADDRINUSE", 99: "EADDRNOTAVAIL", 104: "ECONNRESET", 105: "ENOBUFS", 106: "EISCONN",
	107: "ENOTCONN", 110: "ETIMEDOUT", 111: "ECONNREFUSED", 114: "EALREADY", 115: "EINPROGRESS", 125: "ECANCELED", 130: "EOWNERDEAD",
	512: "ERESTARTSYS", 513: "ERESTARTNOINTR", 514: "ERESTARTNOHAND", 516: "ERESTART_RESTARTBLOCK",
};

export function error_name(error: number): string {
	return ERRORS[error - 1] ?? MORE_ERRORS[error] ?? `errno ${error}`;
}

const ARGUMENTS_RECORDED = 3;

function bits(value: number, names: [number, string][], none: string): string {
	let rest = value;
	const parts: string[] = [];
	for (const [bit, name] of names) {
		if ((rest & bit) !== bit) continue;
		parts.push(name);
		rest &= ~bit;
	}
	if (rest) parts.push(`0x${(rest >>> 0).toString(16)}`);
	return parts.join("|") || none;
}

const OPEN_BITS: [number, string][] = [
	[0o2000000, "O_CLOEXEC"], [0o200000, "O_DIRECTORY"], [0o400000, "O_NOFOLLOW"], [0o100, "O_CREAT"], [0o200, "O_EXCL"],
	[0o400, "O_NOCTTY"], [0o1000, "O_TRUNC"], [0o2000, "O_APPEND"], [0o4000, "O_NONBLOCK"], [0o2, "O_RDWR"], [0o1, "O_WRONLY"],
];
const PROT_BITS: [number, string][] = [[1, "PROT_READ"], [2, "PROT_WRITE"], [4, "PROT_EXEC"]];
const MAP_BITS: [number, string][] = [
	[1, "MAP_SHARED"], [2, "MAP_PRIVATE"], [0x10, "MAP_FIXED"], [0x20, "MAP_ANONYMOUS"], [0x4000, "MAP_NORESERVE"], [0x8000, "MAP_POPULATE"], [0x20000, "MAP_STACK"],
];
const CLONE_BITS: [number, string][] = [
	[0x100, "CLONE_VM"], [0x200, "CLONE_FS"], [0x400, "CLONE_FILES"], [0x800, "CLONE_SIGHAND"], [0x4000, "CLONE_VFORK"],
	[0x10000, "CLONE_THREAD"], [0x40000, "CLONE_SYSVSEM"], [0x80000, "CLONE_SETTLS"], [0x100000, "CLONE_PARENT_SETTID"],
	[0x200000, "CLONE_CHILD_CLEARTID"], [0x1000000, "CLONE_CHILD_SETTID"],
];
const WAIT_BITS: [number, string][] = [[1, "WNOHANG"], [2, "WUNTRACED"], [4, "WEXITED"], [8, "WCONTINUED"], [0x1000000, "WNOWAIT"]];

/** Arguments whose bits have names, by call and place. */
function named_bits(call: string, place: number, value: number): string | undefined {
	if ((call === "open" && place === 1) || (call === "openat" && place === 2)) return bits(value, OPEN_BITS, "O_RDONLY");
	if (call === "pipe2" && place === 1) return bits(value, OPEN_BITS, "0");
	if ((call === "mmap" || call === "mprotect") && place === 2) return bits(value, PROT_BITS, "PROT_NONE");
	if (call === "clone" && place === 0) return bits(value & ~0xff, CLONE_BITS, "0") + (value & 0xff ? `|${value & 0xff}` : "");
	if (call === "mmap" && place === 3) return bits(value, MAP_BITS, "0");
	if (call === "wait4" && place === 2) return bits(value, WAIT_BITS, "0");
	return undefined;
}

/** An argument from a word of a record. */
function argument_text(trace: Trace, call: string, place: number, type: string, i: number, word: number): string {
	const value = word_of(trace, i, word), low = trace.words[i * 12 + 4 + word * 2];
	const named = named_bits(call, place, low);
	if (named !== undefined) return named;
	switch (type) {
		case "signal_t":
			return trace.info.signals[low] ? `SIG${trace.info.signals[low]}` : String(low);
		case "mode_bits_t":
			return `0${low.toString(8)}`;
		case "fd_t":
			return (low | 0) === -100 ? "AT_FDCWD" : String(low | 0);
		case "pid_type_t":
		case "clock_id_t":
		case "int32_t":
			return String(low | 0);
		case "int64_t":
			return signed_word_of(trace, i, word).toString();
		case "uint32_t":
		case "user_id_t":
			return String(low);
		case "flags_t":
			return `0x${low.toString(16)}`;
		case "uint64_t":
			return value < 1000000 ? String(value) : `0x${value.toString(16)}`;
		default:
			return value ? `0x${hex_of(trace, i, word)}` : "NULL";
	}
}

/** The record with a call's further arguments, which stands close behind that of its beginning; -1: there is none. */
function more_of(trace: Trace, enter: number): number {
	const { words, count } = trace;
	const thread = words[enter * 12 + 3];
	for (let i = enter + 1; i < count && i < enter + 24; i++) {
		const kind = words[i * 12 + 2] & 0xffff;
		if (kind === 0 || words[i * 12 + 3] !== thread) continue;
		return trace.info.events[kind] === "SYSCALL_MORE" ? i : -1;
	}
	return -1;
}

export function hex_of(trace: Trace, i: number, word: number): string {
	return BigInt.asUintN(64, signed_word_of(trace, i, word)).toString(16);
}

export function call_name(trace: Trace, enter: number): string {
	const number = word_of(trace, enter, 0);
	return trace.info.calls[number]?.[0] ?? `call ${number}`;
}

/** The arguments of a call with their names, as far as they are recorded. */
export function arguments_text(trace: Trace, enter: number): string {
	const row = trace.info.calls[word_of(trace, enter, 0)];
	if (!row) return [0, 1, 2].map((place) => `0x${hex_of(trace, enter, 1 + place)}`).join(", ");
	const more = more_of(trace, enter), text = more < 0 ? "" : text_of(trace, more);
	const types = row.slice(1).map((argument) => argument.split(" "));
	/* The text is that of the first argument that is one. */
	const texted = text ? types.findIndex(([type]) => type === "user_text_t") : -1;
	const shown = types.slice(0, more < 0 ? ARGUMENTS_RECORDED : types.length).map(([type, name], place) => {
		if (place === texted) return `${name}=${JSON.stringify(text)}`;
		const is_behind = place >= ARGUMENTS_RECORDED;
		return `${name}=${argument_text(trace, row[0], place, type, is_behind ? more : enter, is_behind ? place - ARGUMENTS_RECORDED + 1 : 1 + place)}`;
	});
	if (types.length > shown.length) shown.push("…");
	return shown.join(", ");
}

export function is_error(trace: Trace, exit: number): boolean {
	if (exit < 0) return false;
	const at = exit * 12 + 6;
	return trace.words[at + 1] === 0xffffffff && trace.words[at] >= 0xfffff001;
}

const ADDRESS_CALLS = new Set(["mmap", "brk", "mremap", "shmat"]);

export function result_text(trace: Trace, exit: number): string {
	if (exit < 0) return "?";
	if (is_error(trace, exit)) return `−1 ${error_name(4294967296 - trace.words[exit * 12 + 6])}`;
	if (ADDRESS_CALLS.has(call_name(trace, exit))) return `0x${hex_of(trace, exit, 1)}`;
	return signed_word_of(trace, exit, 1).toString();
}

/** How a process ended, from wait(2)'s status. */
export function status_text(language: Language, trace: Trace, status: number): string {
	if (status < 0) return "–";
	const signal = status & 0x7f;
	if (!signal) return String((status >> 8) & 0xff);
	const name = trace.info.signals[signal] ? `SIG${trace.info.signals[signal]}` : String(signal);
	return `${say(language, "by_signal")} ${name}${status & 0x80 ? `, ${say(language, "core_dumped")}` : ""}`;
}

/** The first bytes of a message, as far as they can be shown. */
export function first_bytes(trace: Trace, i: number): string {
	const bytes = word_of(trace, i, 2);
	const at = trace.words.byteOffset + i * 48 + 40;
	const first = new Uint8Array(trace.words.buffer, at, 8);
	let shown = "";
	for (let k = 0; k < 8 && k < bytes; k++) {
		const byte = first[k];
		if (byte === 10) shown += "\\n";
		else if (byte < 32 || byte > 126 || byte === 34 || byte === 92) shown += `\\x${byte.toString(16).padStart(2, "0")}`;
		else shown += String.fromCharCode(byte);
	}
	const text = text_of(trace, i);
	return `"${text || shown}"${bytes > (text ? text.length : 8) ? "…" : ""}`;
}

export function signal_name(trace: Trace, number: number): string {
	return trace.info.signals[number] ? `SIG${trace.info.signals[number]}` : String(number);
}

export function wait_name(model: Model, event: number): string {
	return model.trace.info.waits[word_of(model.trace, event, 2)] ?? "";
}

export function is_waiting(look: number): boolean {
	return look === Look.BLOCKED || look === Look.STOPPED || look === Look.SUSPENDED;
}

export { key_of };
