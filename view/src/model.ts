// Who is who in a trace, and what they did: one pass over the records fills columns.

import { Floats, Ints, group, lower_bound, upper_bound } from "./columns";
import { Files } from "./files";
import { RECORD_WORDS, Trace, key_of, text_of, word_of } from "./load";
import { Objects } from "./objects";

export enum Look {
	NONE,
	NEW,
	READY,
	RUNNING,
	BLOCKED,
	STOPPED,
	SUSPENDED,
	ZOMBIE,
}
export const LOOKS = 8;

export enum Mark {
	EXEC = 1,
	EXIT,
	SIGNAL,
	COPY,
}

export const CLONE_FILES = 0x400;
export const CLONE_THREAD = 0x10000;

const MAP_SHARED = 1, MAP_PRIVATE = 2;

export interface Process {
	index: number;
	pid: number;
	/** Index of the process that made it, or -1. */
	maker: number;
	/** Numbers of its parents over time. */
	parents: { t: number; pid: number }[];
	name: string;
	names: { t: number; name: string }[];
	born: number;
	exited: number;
	reaped: number;
	status: number;
	threads: number[];
	children: number[];
	calls: number;
	copies: number;
	faults: number;
	sent: number;
	received: number;
}

export interface Thread {
	index: number;
	tid: number;
	process: number;
	born: number;
}

/** Pieces of threads' lives, thread by thread in the order of time. */
export interface Spans {
	count: number;
	/** Spans of thread i are offset[i] to offset[i + 1]. */
	offset: Int32Array;
	thread: Int32Array;
	start: Float64Array;
	end: Float64Array;
	look: Uint8Array;
	/** Record that began it. */
	event: Int32Array;
	/** Record of the waking, or -1. */
	wake: Int32Array;
	/** Sums of lengths before each span: of all, running, ready, blocked. */
	total: Float64Array;
	running: Float64Array;
	ready: Float64Array;
	blocked: Float64Array;
}

export interface Calls {
	count: number;
	thread: Int32Array;
	enter: Int32Array;
	/** -1: it did not return. */
	exit: Int32Array;
	start: Float64Array;
	end: Float64Array;
	/** The calls of thread i: items from offset[i] to offset[i + 1]. */
	items: Int32Array;
	offset: Int32Array;
	/** Starts in the order of items, for searching. */
	item_start: Float64Array;
}

export interface Marks {
	time: Float64Array;
	kind: Int32Array;
	event: Int32Array;
	offset: Int32Array;
}

export interface Arrows {
	time: Float64Array;
	from: Int32Array;
	to: Int32Array;
	event: Int32Array;
}

/** Every change of state of any thread, in the order of time. */
export interface Changes {
	time: Float64Array;
	from: Uint8Array;
	to: Uint8Array;
}

/** Who ran on a processor: from each start until the next, a thread or -1 (idle). */
export interface Processor {
	start: Float64Array;
	thread: Int32Array;
}

export interface Model {
	trace: Trace;
	processors: Processor[];
	changes: Changes;
	kinds: Record<string, number>;
	first: number;
	last: number;
	events: number;
	lost: number;
	time: Float64Array;
	processes: Process[];
	threads: Thread[];
	spans: Spans;
	calls: Calls;
	marks: Marks;
	forks: Arrows;
	reparents: Arrows;
	files: Files;
	objects: Objects;
	/** Times of events whose rates are shown. */
	rates: Record<"copies" | "faults" | "calls" | "switches" | "messages" | "signals", Float64Array>;
}

const STOPS = new Set(["do_signal_stop", "ptrace_stop"]);

/** Numbers above are damage: no kernel of ours gives them. */
const NUMBER_MOST = 4 << 20;
const PROCESSORS_MOST = 256;

/** From a pid or tid to an index; -1: none. */
class Numbers {
	private data = new Int32Array(1024).fill(-1);

	get(number: number): number {
		return number < this.data.length ? this.data[number] : -1;
	}

	set(number: number, index: number): void {
		if (number >= this.data.length) {
			const larger = new Int32Array(number * 2).fill(-1);
			larger.set(this.data);
			this.data = larger;
		}
		this.data[number] = index;
	}
}

class Builder {
	readonly kinds: Record<string, number> = {};
	readonly time: Float64Array;
	readonly processes: Process[] = [];
	readonly threads: Thread[] = [];
	private process_of = new Numbers();
	private thread_of = new Numbers();
	private look_of: Look[] = [];
	private stops = new Set<number>();
	/** By number of call, whether its first argument is a descriptor. */
	private takes_fd = new Uint8Array(1024);
	private span = { thread: new Ints(), start: new Floats(), end: new Floats(), look: new Ints(), event: new Ints(), wake: new Ints() };
	private call = { thread: new Ints(), enter: new Ints(), exit: new Ints(), start: new Floats(), end: new Floats() };
	private mark = { thread: new Ints(), time: new Floats(), kind: new Ints(), event: new Ints() };
	private fork = { time: new Floats(), from: new Ints(), to: new Ints(), event: new Ints() };
	private reparent = { time: new Floats(), from: new Ints(), to: new Ints(), event: new Ints() };
	private rate = { copies: new Floats(), faults: new Floats(), calls: new Floats(), switches: new Floats(), messages: new Floats(), signals: new Floats() };
	private change = { time: new Floats(), from: new Ints(), to: new Ints() };
	private processor: { start: Floats; thread: Ints }[] = [];
	private open_span: number[] = [];
	private open_call: number[] = [];
	private last_map = -1;
	private lost = 0;
	private events = 0;
	private last = 0;
	private readonly files: Files;
	private readonly objects: Objects;

	constructor(readonly trace: Trace) {
		const info = trace.info;
		for (const number in info.events) this.kinds[info.events[number]] = Number(number);
		const looks: Record<string, Look> = {
			NEW: Look.NEW, READY: Look.READY, RUNNING: Look.RUNNING, BLOCKED: Look.BLOCKED,
			READY_SUSPENDED: Look.SUSPENDED, BLOCKED_SUSPENDED: Look.SUSPENDED, TERMINATED: Look.ZOMBIE,
		};
		for (const number in info.states) this.look_of[Number(number)] = looks[info.states[number]] ?? Look.NONE;
		for (const number in info.waits) if (STOPS.has(info.waits[number])) this.stops.add(Number(number));
		for (const number in info.calls) if (info.calls[number][1]?.startsWith("fd_t")) this.takes_fd[Number(number)] = 1;
		this.time = new Float64Array(trace.count);
		this.files = new Files();
		this.objects = new Objects(trace, this.files);
	}

	private add_process(pid: number, maker: number, parent: number, t: number): Process {
		const from = maker >= 0 ? this.processes[maker] : undefined;
		const process: Process = {
			index: this.processes.length, pid, maker, parents: [{ t, pid: parent }], name: from?.name ?? "",
			names: from?.name ? [{ t, name: from.name }] : [], born: t, exited: NaN, reaped: NaN, status: -1, threads: [], children: [],
			calls: 0, copies: 0, faults: 0, sent: 0, received: 0,
		};
		this.processes.push(process);
		from?.children.push(process.index);
		this.process_of.set(pid, process.index);
		return process;
	}

	private add_thread(tid: number, process: Process, t: number): Thread {
		const thread = { index: this.threads.length, tid, process: process.index, born: t };
		this.threads.push(thread);
		process.threads.push(thread.index);
		this.thread_of.set(tid, thread.index);
		this.open_span.push(-1);
		this.open_call.push(-1);
		return thread;
	}

	/** Index of a thread; one that was there before the trace began is made up now. */
	private thread(tid: number, t: number): number {
		const index = this.thread_of.get(tid);
		if (index >= 0) return index;
		if (tid === 0 || tid > NUMBER_MOST) return -1;
		return this.add_thread(tid, this.add_process(tid, -1, 0, t), t).index;
	}

	private actor(i: number): number {
		const tid = this.trace.words[i * RECORD_WORDS + 3];
		return tid === 0 ? -1 : this.thread_of.get(tid);
	}

	private note_change(open: number, to: Look, t: number): void {
		this.change.time.push(t);
		this.change.from.push(open >= 0 ? this.span.look.data[open] : Look.NONE);
		this.change.to.push(to);
	}

	private begin_span(thread: number, look: Look, t: number, i: number): void {
		const open = this.open_span[thread];
		if (open >= 0) this.span.end.data[open] = t;
		this.note_change(open, look, t);
		this.span.thread.push(thread);
		this.span.start.push(t);
		this.span.end.push(NaN);
		this.span.look.push(look);
		this.span.event.push(i);
		this.open_span[thread] = this.span.wake.push(-1);
	}

	private end_span(thread: number, t: number): void {
		const open = this.open_span[thread];
		this.note_change(open, Look.NONE, t);
		if (open >= 0) this.span.end.data[open] = t;
		this.open_span[thread] = -1;
	}

	private take_state(i: number, t: number): void {
		const thread = this.thread(word_of(this.trace, i, 0), t);
		if (thread < 0) return;
		let look = this.look_of[word_of(this.trace, i, 1)] ?? Look.NONE;
		const wait = word_of(this.trace, i, 2);
		if (look === Look.BLOCKED && this.stops.has(wait)) look = Look.STOPPED;
		const process = this.processes[this.threads[thread].process];
		/* Of the threads of a process only the first waits to be collected. */
		if (look === Look.ZOMBIE && (process.threads[0] !== thread || !isNaN(process.reaped))) {
			this.end_span(thread, t);
			return;
		}
		this.begin_span(thread, look, t, i);
		if (look === Look.BLOCKED) this.objects.take_wait(i, this.processes[this.threads[thread].process].index, this.fd_argument(thread));
	}

	/** The descriptor that the call a thread is in was given first, or -1. */
	private fd_argument(thread: number): number {
		const call = this.open_call[thread];
		if (call < 0) return -1;
		const enter = this.call.enter.data[call];
		const words = this.trace.words, at = enter * RECORD_WORDS;
		return this.takes_fd[words[at + 4]] === 1 ? words[at + 6] | 0 : -1;
	}

	private take_wake(i: number, t: number): void {
		const thread = this.thread(word_of(this.trace, i, 0), t);
		if (thread < 0) return;
		const open = this.open_span[thread];
		const look = open >= 0 ? this.span.look.data[open] : Look.NONE;
		if (look === Look.BLOCKED || look === Look.STOPPED || look === Look.SUSPENDED) this.span.wake.data[open] = i;
		const by = word_of(this.trace, i, 1) === 0 ? -1 : this.thread_of.get(word_of(this.trace, i, 1));
		this.objects.take_wake(i, this.threads[thread].process, by < 0 ? -1 : this.threads[by].process);
	}

	private take_fork(i: number, t: number): void {
		const trace = this.trace;
		const parent = word_of(trace, i, 0), pid = word_of(trace, i, 1), tid = word_of(trace, i, 2), flags = word_of(trace, i, 3);
		if (pid > NUMBER_MOST || tid > NUMBER_MOST) return;
		const actor = this.actor(i);
		const maker = actor >= 0 ? this.threads[actor].process : this.process_of.get(parent);
		let process = this.processes[this.process_of.get(pid)] as Process | undefined;
		if (!process || !(flags & CLONE_THREAD)) {
			process = this.add_process(pid, maker, parent, t);
			this.files.fork(maker, process.index, (flags & CLONE_FILES) !== 0, t);
			this.objects.take_fork(maker, process.index);
		}
		const thread = this.add_thread(tid, process, t);
		this.begin_span(thread.index, Look.NEW, t, i);
		if (actor >= 0) {
			this.fork.time.push(t);
			this.fork.from.push(actor);
			this.fork.to.push(thread.index);
			this.fork.event.push(i);
		}
	}

	private add_mark(thread: number, kind: Mark, t: number, i: number): void {
		if (thread < 0) return;
		this.mark.thread.push(thread);
		this.mark.kind.push(kind);
		this.mark.time.push(t);
		this.mark.event.push(i);
	}

	private process_in(i: number, word: number): Process | undefined {
		const index = this.process_of.get(word_of(this.trace, i, word));
		return index < 0 ? undefined : this.processes[index];
	}

	private take_name(i: number, t: number, is_exec: boolean): void {
		const process = this.process_in(i, 0);
		if (!process) return;
		const text = text_of(this.trace, i);
		/* A process is called what its first thread is; others have names of their own. */
		if (!is_exec && this.trace.words[i * RECORD_WORDS + 3] !== process.pid) {
			this.add_mark(this.actor(i), Mark.EXEC, t, i);
			return;
		}
		const name = text.slice(text.lastIndexOf("/") + 1) || text;
		process.name = name;
		if (is_exec) this.objects.take_exec(process.index);
		if (is_exec) this.add_mark(process.threads[0], Mark.EXEC, t, i);
		else if (process.names[process.names.length - 1]?.name !== name) this.add_mark(process.threads[0], Mark.EXEC, t, i);
		if (process.names[process.names.length - 1]?.name !== name) process.names.push({ t, name });
	}

	private take_end(i: number, t: number, kind: string): void {
		const process = this.process_in(i, 0);
		if (!process) return;
		if (kind === "EXIT") {
			process.exited = t;
			process.status = word_of(this.trace, i, 2);
			const thread = this.thread_of.get(word_of(this.trace, i, 1));
			this.add_mark(thread >= 0 ? thread : process.threads[0], Mark.EXIT, t, i);
		} else if (kind === "REAP") {
			process.reaped = t;
			process.status = word_of(this.trace, i, 2);
			if (this.span.look.data[this.open_span[process.threads[0]]] === Look.ZOMBIE) this.end_span(process.threads[0], t);
		} else {
			process.parents.push({ t, pid: word_of(this.trace, i, 2) });
			this.reparent.time.push(t);
			this.reparent.from.push(process.index);
			this.reparent.to.push(this.process_in(i, 2)?.index ?? -1);
			this.reparent.event.push(i);
		}
	}

	private take_switch(i: number, t: number): void {
		this.rate.switches.push(t);
		const cpu = word_of(this.trace, i, 3), tid = word_of(this.trace, i, 1);
		if (cpu >= PROCESSORS_MOST) return;
		while (this.processor.length <= cpu) this.processor.push({ start: new Floats(), thread: new Ints() });
		this.processor[cpu].start.push(t);
		this.processor[cpu].thread.push(tid === 0 ? -1 : this.thread(tid, t));
	}

	private take_enter(i: number, t: number): void {
		const actor = this.actor(i);
		if (actor < 0) return;
		this.leave_call(actor, t, -1);
		this.rate.calls.push(t);
		this.processes[this.threads[actor].process].calls++;
		this.call.thread.push(actor);
		this.call.enter.push(i);
		this.call.exit.push(-1);
		this.call.start.push(t);
		this.open_call[actor] = this.call.end.push(NaN);
	}

	private leave_call(actor: number, t: number, i: number): void {
		const open = this.open_call[actor];
		if (open < 0) return;
		this.call.end.data[open] = t;
		this.call.exit.data[open] = i;
		this.open_call[actor] = -1;
	}

	private take_message(i: number, t: number, is_send: boolean): void {
		const actor = this.actor(i);
		const process = actor < 0 ? undefined : this.processes[this.threads[actor].process];
		const bytes = word_of(this.trace, i, 2);
		this.rate.messages.push(t);
		if (process) process[is_send ? "sent" : "received"] += bytes;
		this.objects.take_message(i, process?.index ?? -1, actor < 0 ? -1 : this.fd_argument(actor), is_send, bytes);
	}

	private take_file(i: number, t: number, kind: string): void {
		const process = this.process_in(i, 0);
		if (!process) return;
		const fd = word_of(this.trace, i, 1);
		if (kind === "FD_OPEN") {
			this.objects.take_received(key_of(this.trace, i, 2), process.index);
			const thread = this.actor(i);
			const call = thread < 0 ? -1 : this.open_call[thread];
			const name = call < 0 ? "" : this.trace.info.calls[word_of(this.trace, this.call.enter.data[call], 0)]?.[0];
			this.files.open(process.index, fd, key_of(this.trace, i, 2), word_of(this.trace, i, 3), t, call, name?.startsWith("pipe") ?? false);
		} else if (kind === "FD_CLOSE") {
			this.files.close(process.index, fd, t);
		} else {
			this.files.dup(process.index, fd, word_of(this.trace, i, 2), key_of(this.trace, i, 3), t);
		}
	}

	/** Comes right behind the MAP whose flags say whether what is written there is shared. */
	private take_mapped(i: number): void {
		const process = this.process_in(i, 0), map = this.last_map;
		if (!process || map < 0 || word_of(this.trace, map, 1) !== word_of(this.trace, i, 1)) return;
		const flags = this.trace.words[map * RECORD_WORDS + 11];
		if (flags & MAP_SHARED && !(flags & MAP_PRIVATE)) this.objects.take_shared(i, process.index);
	}

	/** The functions by number of event; a number that has none is passed over. */
	private takers(): ((i: number, t: number) => void)[] {
		const by_name: Record<string, (i: number, t: number) => void> = {
			STATE: (i, t) => this.take_state(i, t),
			WAKE: (i, t) => this.take_wake(i, t),
			FORK: (i, t) => this.take_fork(i, t),
			EXEC: (i, t) => this.take_name(i, t, true),
			NAME: (i, t) => this.take_name(i, t, false),
			EXIT: (i, t) => this.take_end(i, t, "EXIT"),
			REAP: (i, t) => this.take_end(i, t, "REAP"),
			REPARENT: (i, t) => this.take_end(i, t, "REPARENT"),
			SWITCH: (i, t) => this.take_switch(i, t),
			SYSCALL_ENTER: (i, t) => this.take_enter(i, t),
			SYSCALL_EXIT: (i, t) => {
				const actor = this.actor(i);
				if (actor >= 0) this.leave_call(actor, t, i);
			},
			FAULT: (i, t) => {
				const actor = this.actor(i);
				if (actor >= 0) this.processes[this.threads[actor].process].faults++;
				this.rate.faults.push(t);
			},
			COPY: (i, t) => {
				const process = this.process_in(i, 0);
				this.rate.copies.push(t);
				if (!process) return;
				process.copies++;
				const actor = this.actor(i);
				this.add_mark(actor >= 0 && this.threads[actor].process === process.index ? actor : process.threads[0], Mark.COPY, t, i);
			},
			SIGNAL_SEND: (i, t) => {
				this.rate.signals.push(t);
				const actor = this.actor(i);
				this.objects.take_signal(i, actor < 0 ? -1 : this.threads[actor].process, this.process_in(i, 0)?.index ?? -1);
			},
			SIGNAL_DELIVER: (i, t) => this.add_mark(this.thread_of.get(word_of(this.trace, i, 0)), Mark.SIGNAL, t, i),
			SEND: (i, t) => this.take_message(i, t, true),
			RECEIVE: (i, t) => this.take_message(i, t, false),
			FD_OPEN: (i, t) => this.take_file(i, t, "FD_OPEN"),
			FD_CLOSE: (i, t) => this.take_file(i, t, "FD_CLOSE"),
			FD_DUP: (i, t) => this.take_file(i, t, "FD_DUP"),
			FD_OBJECT: (i) => {
				const file = this.files.of_key(key_of(this.trace, i, 1));
				if (file) this.objects.take_object(i, file, text_of(this.trace, i));
			},
			MAP: (i) => {
				this.last_map = i;
			},
			MAP_OBJECT: (i) => this.take_mapped(i),
			PEER: (i) => this.objects.take_peer(i),
			FD_PASS: (i) => {
				const process = this.process_in(i, 0), actor = this.actor(i);
				if (process) this.objects.take_pass(i, process.index, actor < 0 ? -1 : this.fd_argument(actor));
			},
			LOST: (i) => {
				this.lost += word_of(this.trace, i, 0);
			},
		};
		const takers: ((i: number, t: number) => void)[] = [];
		for (const name in by_name) if (this.kinds[name] !== undefined) takers[this.kinds[name]] = by_name[name];
		return takers;
	}

	build(): Model {
		const takers = this.takers();
		const words = this.trace.words;
		let first = NaN;
		for (let i = 0, at = 0; i < this.trace.count; i++, at += RECORD_WORDS) {
			const kind = words[at + 2] & 0xffff;
			if (kind !== 0) {
				this.last = Math.max(this.last, words[at] + words[at + 1] * 4294967296);
				if (isNaN(first)) first = this.last;
				this.events++;
			}
			this.time[i] = this.last;
			if (kind !== 0) takers[kind]?.(i, this.last);
		}
		if (isNaN(first)) first = 0;
		this.objects.finish(this.time);
		const rates = Object.fromEntries(Object.entries(this.rate).map(([name, column]) => [name, column.done()])) as Model["rates"];
		return {
			trace: this.trace, kinds: this.kinds, first, last: Math.max(this.last, first + 1), events: this.events, lost: this.lost,
			time: this.time, processes: this.processes, threads: this.threads, spans: this.finish_spans(), calls: this.finish_calls(),
			marks: this.finish_marks(), forks: finish_arrows(this.fork), reparents: finish_arrows(this.reparent), files: this.files,
			objects: this.objects, rates,
			processors: this.processor.map(({ start, thread }) => ({ start: start.done(), thread: thread.done() })),
			changes: {
				time: this.change.time.done(), from: Uint8Array.from(this.change.from.done()), to: Uint8Array.from(this.change.to.done()),
			},
		};
	}

	private finish_spans(): Spans {
		const raw = this.span, count = raw.start.count;
		const { items, offset } = group(raw.thread.done(), this.threads.length);
		const spans: Spans = {
			count, offset, thread: new Int32Array(count), start: new Float64Array(count), end: new Float64Array(count),
			look: new Uint8Array(count), event: new Int32Array(count), wake: new Int32Array(count), total: new Float64Array(count + 1),
			running: new Float64Array(count + 1), ready: new Float64Array(count + 1), blocked: new Float64Array(count + 1),
		};
		for (let i = 0; i < count; i++) {
			const from = items[i];
			const end = raw.end.data[from], look = raw.look.data[from];
			spans.thread[i] = raw.thread.data[from];
			spans.start[i] = raw.start.data[from];
			spans.end[i] = isNaN(end) ? this.last : end;
			spans.look[i] = look;
			spans.event[i] = raw.event.data[from];
			spans.wake[i] = raw.wake.data[from];
			const length = spans.end[i] - spans.start[i];
			spans.total[i + 1] = spans.total[i] + length;
			spans.running[i + 1] = spans.running[i] + (look === Look.RUNNING ? length : 0);
			spans.ready[i + 1] = spans.ready[i] + (look === Look.READY ? length : 0);
			spans.blocked[i + 1] = spans.blocked[i] + (look === Look.BLOCKED ? length : 0);
		}
		return spans;
	}

	private finish_calls(): Calls {
		const raw = this.call, count = raw.start.count;
		const { items, offset } = group(raw.thread.done(), this.threads.length);
		const start = raw.start.done(), end = raw.end.done();
		for (let i = 0; i < count; i++) {
			if (isNaN(end[i])) {
				const process = this.processes[this.threads[raw.thread.data[i]].process];
				end[i] = isNaN(process.exited) ? this.last : Math.max(start[i], process.exited);
			}
		}
		const item_start = new Float64Array(count);
		for (let i = 0; i < count; i++) item_start[i] = start[items[i]];
		return { count, thread: raw.thread.data, enter: raw.enter.done(), exit: raw.exit.done(), start, end, items, offset, item_start };
	}

	private finish_marks(): Marks {
		const raw = this.mark, count = raw.time.count;
		const { items, offset } = group(raw.thread.done(), this.threads.length);
		const marks = { time: new Float64Array(count), kind: new Int32Array(count), event: new Int32Array(count), offset };
		for (let i = 0; i < count; i++) {
			marks.time[i] = raw.time.data[items[i]];
			marks.kind[i] = raw.kind.data[items[i]];
			marks.event[i] = raw.event.data[items[i]];
		}
		return marks;
	}
}

function finish_arrows(raw: { time: Floats; from: Ints; to: Ints; event: Ints }): Arrows {
	return { time: raw.time.done(), from: raw.from.done(), to: raw.to.done(), event: raw.event.done() };
}

export function build_model(trace: Trace): Model {
	return new Builder(trace).build();
}

/** The span of a thread at a time, or -1. */
export function span_at(model: Model, thread: number, t: number): number {
	const { offset, start, end } = model.spans;
	const at = upper_bound(start, t, offset[thread], offset[thread + 1]) - 1;
	return at >= offset[thread] && (t < end[at] || (t === end[at] && at === offset[thread + 1] - 1)) ? at : -1;
}

/** The system call that a thread is in at a time, or -1. */
export function call_at(model: Model, thread: number, t: number): number {
	const { offset, items, item_start, end } = model.calls;
	const at = upper_bound(item_start, t, offset[thread], offset[thread + 1]) - 1;
	return at >= offset[thread] && t <= end[items[at]] ? items[at] : -1;
}

export function thread_of_tid(model: Model, tid: number, t: number): number {
	let found = -1;
	for (const thread of model.threads) if (thread.tid === tid && thread.born <= t) found = thread.index;
	return found;
}

export function process_of_pid(model: Model, pid: number, t: number): Process | undefined {
	let found: Process | undefined;
	for (const process of model.processes) if (process.pid === pid && process.born <= t) found = process;
	return found;
}

/** What a process was called at a time. */
export function name_at(process: Process, t: number): string {
	let name = process.names[0]?.name ?? "";
	for (const naming of process.names) if (naming.t <= t) name = naming.name;
	return name || (process.pid === 1 ? "init" : "?");
}

export function first_record_at(model: Model, t: number): number {
	return lower_bound(model.time, t);
}
