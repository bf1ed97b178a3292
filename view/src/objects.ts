// The objects through which processes spoke or waited for each other: pipes, sockets, queues, futexes, semaphores,
// locks, and signals. An address that is used again for another pipe is another object.

import { File, Files, KIND_FIFO } from "./files";
import { Trace, key_of, word_of } from "./load";

export interface Edge {
	process: number;
	object: number;
	/** send: from the process to the object. */
	is_send: boolean;
	messages: number;
	bytes: number;
}

export interface Thing {
	index: number;
	/** "pipe", "unix socket" ... as the file's table of messages says, or "futex", "semaphore", "lock", "signal". */
	kind: string;
	/** Counts those of a kind, from 1. */
	number: number;
	address: string;
	/** Records of the messages, in order. */
	messages: number[];
	/** Beside each message, who sent or received it, or -1. */
	actors: number[];
	sent: number;
	received: number;
	files: Set<number>;
	is_closed: boolean;
	/** When its last descriptor was gone, or NaN. */
	closed: number;
	/** Of a socket: the objects at its other end, and descriptors that were passed through it. */
	peers: number[];
	passes: Pass[];
	/** The record in which it was first seen. */
	born: number;
	/** The process in whose memory the address is; -1: the kernel's. */
	scope: number;
}

/** A descriptor that was passed in a message. */
export interface Pass {
	record: number;
	from: number;
	fd: number;
	file: File | undefined;
	/** Who got it, or -1. */
	to: number;
}

/** Waits on which processes meet, by the wait's name. */
const MEETINGS: Record<string, string> = { futex_wait: "futex", do_semtimedop: "semaphore set", flock: "lock" };
const BYTES_WAITS = /^(pipe|fifo|socket|unix)/;
const PIPE_WAITS = /^pipe/;

/** Where an object is found by its address: those of a process's own addresses apart from those of others. */
function live_name(kind: string, scope: number): string {
	return scope < 0 ? kind : `${kind} of ${scope}`;
}

export class Objects {
	readonly things: Thing[] = [];
	readonly edges: Edge[] = [];
	/** Signals from process to process. */
	readonly signals: { from: number; to: number; records: number[] }[] = [];
	/** By kind and address, the object that is there now. */
	private live = new Map<string, Map<number, number>>();
	private counts: Record<string, number> = {};
	/** By process, object and direction as one number. */
	private edge_of = new Map<number, number>();
	/** By process, the memory that it shares now. */
	private shared = new Map<number, Set<number>>();
	private signal_of = new Map<string, number>();
	private peer_records: number[] = [];
	/** By open file description, where it is on its way. */
	private on_way = new Map<number, Pass[]>();
	private kinds: string[] = [];
	private waits: string[] = [];

	constructor(
		private readonly trace: Trace,
		private readonly files: Files,
	) {
		for (const number in trace.info.messages) this.kinds[Number(number)] = trace.info.messages[number];
		for (const number in trace.info.waits) this.waits[Number(number)] = trace.info.waits[number];
		files.on_closed = (file) => this.take_closed(file);
	}

	/** The object of a kind whose address is a word of a record. */
	private thing(kind: string, i: number, word: number, scope = -1): Thing {
		const key = key_of(this.trace, i, word);
		const name = live_name(kind, scope);
		let of_kind = this.live.get(name);
		if (!of_kind) this.live.set(name, (of_kind = new Map<number, number>()));
		const index = of_kind.get(key);
		if (index !== undefined) return this.things[index];
		const number = (this.counts[kind] = (this.counts[kind] ?? 0) + 1);
		const thing: Thing = {
			index: this.things.length, kind, number, address: this.address(i, word), messages: [], actors: [], sent: 0, received: 0, files: new Set(), is_closed: false, scope, born: i,
			closed: NaN, peers: [], passes: [],
		};
		this.things.push(thing);
		of_kind.set(key, thing.index);
		return thing;
	}

	/** A word of a record as an address. */
	address(i: number, word: number): string {
		const at = i * 12 + 4 + word * 2;
		const high = this.trace.words[at + 1].toString(16), low = this.trace.words[at].toString(16);
		return this.trace.words[at + 1] ? `0x${high}${low.padStart(8, "0")}` : `0x${low}`;
	}

	private edge(process: number, thing: Thing, is_send: boolean): Edge {
		const name = (process * 16777216 + thing.index) * 2 + (is_send ? 1 : 0);
		const index = this.edge_of.get(name);
		if (index !== undefined) return this.edges[index];
		const edge = { process, object: thing.index, is_send, messages: 0, bytes: 0 };
		this.edge_of.set(name, this.edges.push(edge) - 1);
		return edge;
	}

	private link(thing: Thing, file: File | undefined): void {
		if (!file || file.object === thing.index) return;
		file.object = thing.index;
		thing.files.add(file.index);
		if (file.kind === KIND_FIFO && file.partner >= 0) this.link(thing, this.files.files[file.partner]);
	}

	take_message(i: number, process: number, fd: number, is_send: boolean, bytes: number): void {
		const kind = this.kinds[word_of(this.trace, i, 1)] ?? "object";
		const thing = this.thing(kind, i, 0);
		thing.messages.push(i);
		thing.actors.push(process);
		if (is_send) thing.sent += bytes;
		else thing.received += bytes;
		if (fd >= 0 && process >= 0) {
			const file = this.files.held(process, fd);
			/* A sender's descriptor of a socket is not the one that the message comes out of. */
			if (!kind.includes("socket") || !is_send) this.link(thing, file);
			if (file && kind === "pipe" && file.end === "") file.end = is_send ? "write" : "read";
		}
		if (process < 0) return;
		const edge = this.edge(process, thing, is_send);
		edge.messages++;
		edge.bytes += bytes;
	}

	/** The trace tells what is behind a file. */
	take_object(i: number, file: File, name: string): void {
		file.name = name;
		const kind = this.kinds[word_of(this.trace, i, 3)];
		if (kind) this.link(this.thing(kind, i, 2), file);
	}

	take_peer(i: number): void {
		this.peer_records.push(i);
	}

	/** A process sends a descriptor through the socket that its call was given. */
	take_pass(i: number, process: number, fd: number): void {
		const through = this.files.held(process, fd)?.object ?? -1;
		const passed = word_of(this.trace, i, 1), key = key_of(this.trace, i, 2);
		const pass: Pass = { record: i, from: process, fd: passed, file: this.files.of_key(key), to: -1 };
		if (through >= 0) this.things[through].passes.push(pass);
		const waiting = this.on_way.get(key);
		if (waiting) waiting.push(pass);
		else this.on_way.set(key, [pass]);
	}

	/** A process has a descriptor of an open file description, perhaps by a message. */
	take_received(key: number, process: number): void {
		const waiting = this.on_way.get(key);
		if (!waiting) return;
		waiting.shift()!.to = process;
		if (!waiting.length) this.on_way.delete(key);
	}

	/** The two ends of a connection are told before the second of them may have a descriptor, so they are found at last. */
	finish(time: Float64Array): void {
		if (!this.peer_records.length) return;
		const at = new Map<string, Thing[]>();
		for (const thing of this.things) {
			if (!thing.kind.includes("socket")) continue;
			const there = at.get(thing.address);
			if (there) there.push(thing);
			else at.set(thing.address, [thing]);
		}
		for (const i of this.peer_records) {
			const ends = [0, 1].map((word) => at.get(this.address(i, word))?.find((thing) => !(thing.closed < time[i])));
			const [a, b] = ends;
			if (!a || !b) continue;
			if (!a.peers.includes(b.index)) a.peers.push(b.index);
			if (word_of(this.trace, i, 2) === 0 && !b.peers.includes(a.index)) b.peers.push(a.index);
		}
	}

	/** A process has memory that others may have, too. */
	take_shared(i: number, process: number): void {
		this.share(process, this.thing("shared memory", i, 2));
	}

	private share(process: number, thing: Thing): void {
		const edge = this.edge(process, thing, true);
		edge.messages = 1;
		thing.files.clear();
		let shared = this.shared.get(process);
		if (!shared) this.shared.set(process, (shared = new Set<number>()));
		shared.add(thing.index);
	}

	/** A child has what its parent shares; a new program has nothing of it. */
	take_fork(from: number, to: number): void {
		for (const index of this.shared.get(from) ?? []) this.share(to, this.things[index]);
	}

	take_exec(process: number): void {
		this.shared.delete(process);
	}

	/** A thread of the process begins to wait, in a call that was given the descriptor. */
	take_wait(i: number, process: number, fd: number): void {
		const wait = this.waits[word_of(this.trace, i, 2)] ?? "";
		if (!BYTES_WAITS.test(wait) || fd < 0 || word_of(this.trace, i, 3) === 0) return;
		if (PIPE_WAITS.test(wait)) this.link(this.thing("pipe", i, 3), this.files.held(process, fd));
	}

	/** A waiter was woken by another process: they met at the object. */
	take_wake(i: number, woken: number, by: number): void {
		const kind = MEETINGS[this.waits[word_of(this.trace, i, 2)] ?? ""];
		if (!kind || woken < 0 || by < 0 || word_of(this.trace, i, 3) === 0) return;
		const thing = this.thing(kind, i, 3, kind === "futex" ? woken : -1);
		thing.messages.push(i);
		thing.actors.push(by);
		this.edge(by, thing, true).messages++;
		this.edge(woken, thing, false).messages++;
	}

	take_signal(i: number, from: number, to: number): void {
		if (to < 0) return;
		const name = `${from}:${to}`;
		let index = this.signal_of.get(name);
		if (index === undefined) {
			index = this.signals.push({ from, to, records: [] }) - 1;
			this.signal_of.set(name, index);
		}
		this.signals[index].records.push(i);
	}

	private take_closed(file: File): void {
		if (file.object < 0) return;
		const thing = this.things[file.object];
		for (const other of thing.files) if (this.files.files[other].holders > 0) return;
		thing.is_closed = true;
		thing.closed = file.closed;
		const of_kind = this.live.get(live_name(thing.kind, thing.scope))!;
		for (const [key, index] of of_kind) {
			if (index !== thing.index) continue;
			of_kind.delete(key);
			return;
		}
	}

	/** The object of certain kinds that was at an address at a time, for a process. */
	find(kinds: RegExp, address: string, process: number, t: number, time: Float64Array): Thing | undefined {
		let found: Thing | undefined;
		for (const thing of this.things) {
			if ((thing.scope >= 0 && thing.scope !== process) || thing.address !== address || !kinds.test(thing.kind)) continue;
			if (!found || time[thing.born] <= t) found = thing;
		}
		return found;
	}
}
