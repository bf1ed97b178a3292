// The pages of every process at a moment, as far as the events tell: replayed from the beginning up to there.

import { RECORD_WORDS, word_of } from "./load";
import { Model } from "./model";

export type PageKind = "file" | "private" | "shared" | "cow" | "copied";

/** A frame that one or, after a fork, several processes have. */
interface Frame {
	holders: number;
	/** 0: the events did not tell. */
	number: number;
}

export interface PageState {
	base: "file" | "shared" | "private";
	frame: Frame;
	/** When it was copied; NaN: it was not. */
	copied: number;
}

export interface Region {
	start: number;
	end: number;
	prot: number;
	flags: number;
}

export interface Space {
	regions: Region[];
	/** By number of page. */
	pages: Map<number, PageState>;
	users: number;
}

const PAGE = 4096;
const MAP_SHARED = 1, MAP_ANONYMOUS = 0x20;
const CLONE_VM = 0x100, CLONE_THREAD = 0x10000;
const KINDS = ["FORK", "EXEC", "EXIT", "MAP", "UNMAP", "FAULT", "COPY", "SYSCALL_ENTER", "SYSCALL_EXIT"] as const;

function new_space(): Space {
	return { regions: [], pages: new Map(), users: 1 };
}

function leave_page(space: Space, page: number): void {
	const state = space.pages.get(page);
	if (!state) return;
	state.frame.holders--;
	space.pages.delete(page);
}

function leave_space(space: Space): void {
	if (--space.users > 0) return;
	for (const page of [...space.pages.keys()]) leave_page(space, page);
}

function remove_range(space: Space, start: number, end: number): void {
	const kept: Region[] = [];
	for (const region of space.regions) {
		if (region.end <= start || region.start >= end) {
			kept.push(region);
			continue;
		}
		if (region.start < start) kept.push({ ...region, end: start });
		if (region.end > end) kept.push({ ...region, start: end });
	}
	space.regions = kept;
	if ((end - start) / PAGE < space.pages.size) for (let at = start; at < end; at += PAGE) leave_page(space, at / PAGE);
	else for (const page of [...space.pages.keys()]) if (page * PAGE >= start && page * PAGE < end) leave_page(space, page);
}

export function region_of(space: Space, address: number): Region | undefined {
	return space.regions.find((region) => address >= region.start && address < region.end);
}

class Replay {
	readonly spaces = new Map<number, Space>();
	/** What an execve is filling, until it has succeeded. */
	private coming = new Map<number, Space>();
	private process_of = new Map<number, number>();
	private execve: number;

	constructor(readonly model: Model) {
		const { calls } = model.trace.info;
		this.execve = Number(Object.keys(calls).find((number) => calls[number][0] === "execve") ?? -1);
	}

	private space(pid: number): Space {
		const coming = this.coming.get(pid);
		if (coming) return coming;
		let space = this.spaces.get(pid);
		if (!space) this.spaces.set(pid, (space = new_space()));
		return space;
	}

	private fork(i: number): void {
		const { trace } = this.model;
		const parent = word_of(trace, i, 0), child = word_of(trace, i, 1), flags = word_of(trace, i, 3);
		this.process_of.set(word_of(trace, i, 2), child);
		if (flags & CLONE_THREAD) return;
		const actor = this.process_of.get(trace.words[i * RECORD_WORDS + 3]) ?? parent;
		const from = this.spaces.get(actor);
		if (!from) return;
		if (flags & CLONE_VM) {
			from.users++;
			this.spaces.set(child, from);
			return;
		}
		const space = new_space();
		space.regions = from.regions.map((region) => ({ ...region }));
		for (const [page, state] of from.pages) {
			state.frame.holders++;
			space.pages.set(page, { ...state, copied: NaN });
		}
		this.spaces.set(child, space);
	}

	private fault(i: number): void {
		const { trace } = this.model;
		const pid = this.process_of.get(trace.words[i * RECORD_WORDS + 3]);
		if (pid === undefined || trace.words[i * RECORD_WORDS + 8] !== 0) return;
		const address = word_of(trace, i, 0), first = Math.floor(address / PAGE), last = first + word_of(trace, i, 3);
		const space = this.spaces.get(pid) ?? this.space(pid);
		const region = region_of(space, address);
		const is_shared = region !== undefined && (region.flags & MAP_SHARED) !== 0 && (region.flags & 2) === 0;
		const is_file = region !== undefined && !(region.flags & MAP_ANONYMOUS) && region.flags !== 0;
		const base = is_shared ? "shared" : is_file ? "file" : "private";
		// The pages behind the first came ahead of their use.
		for (let page = first; page <= last; page++) {
			if (!space.pages.has(page)) space.pages.set(page, { base, frame: { holders: 1, number: 0 }, copied: NaN });
		}
	}

	private copy(i: number, t: number): void {
		const { trace } = this.model;
		const space = this.space(word_of(trace, i, 0)), page = Math.floor(word_of(trace, i, 1) / PAGE);
		const old = space.pages.get(page);
		if (old) {
			if (old.frame.number === 0) old.frame.number = word_of(trace, i, 2);
			leave_page(space, page);
		}
		space.pages.set(page, { base: "private", frame: { holders: 1, number: word_of(trace, i, 3) }, copied: t });
	}

	private map(i: number, kind: string): void {
		const { trace } = this.model;
		const space = this.space(word_of(trace, i, 0)), start = word_of(trace, i, 1), end = start + word_of(trace, i, 2);
		remove_range(space, start, end);
		if (kind === "UNMAP") return;
		const at = i * RECORD_WORDS + 10;
		space.regions.push({ start, end, prot: trace.words[at], flags: trace.words[at + 1] });
	}

	take(i: number, kind: string): void {
		const { trace, time } = this.model;
		const actor = this.process_of.get(trace.words[i * RECORD_WORDS + 3]);
		if (kind === "FORK") this.fork(i);
		else if (kind === "FAULT") this.fault(i);
		else if (kind === "COPY") this.copy(i, time[i]);
		else if (kind === "MAP" || kind === "UNMAP") this.map(i, kind);
		else if (kind === "SYSCALL_ENTER") {
			if (actor !== undefined && word_of(trace, i, 0) === this.execve) this.coming.set(actor, new_space());
		} else if (kind === "SYSCALL_EXIT") {
			if (actor !== undefined && word_of(trace, i, 0) === this.execve) this.coming.delete(actor);
		} else {
			const pid = word_of(trace, i, 0), old = this.spaces.get(pid), coming = this.coming.get(pid);
			if (kind === "EXEC" && !coming) return;
			if (old) leave_space(old);
			this.spaces.delete(pid);
			this.coming.delete(pid);
			if (kind === "EXEC" && coming) this.spaces.set(pid, coming);
		}
	}
}

const kept = new WeakMap<Model, { records: Int32Array; kinds: string[] }>();

/** The records that say something about memory. */
function records_of(model: Model): { records: Int32Array; kinds: string[] } {
	let found = kept.get(model);
	if (found) return found;
	const kinds: string[] = [];
	for (const kind of KINDS) if (model.kinds[kind] !== undefined) kinds[model.kinds[kind]] = kind;
	const execve = Number(Object.keys(model.trace.info.calls).find((number) => model.trace.info.calls[number][0] === "execve") ?? -1);
	const records: number[] = [];
	const { words, count } = model.trace;
	for (let i = 0; i < count; i++) {
		const kind = kinds[words[i * RECORD_WORDS + 2] & 0xffff];
		if (!kind || (kind.startsWith("SYSCALL") && words[i * RECORD_WORDS + 4] !== execve)) continue;
		records.push(i);
	}
	found = { records: Int32Array.from(records), kinds };
	kept.set(model, found);
	return found;
}

/** By pid, the address spaces at a moment. */
export function memory_at(model: Model, t: number): Map<number, Space> {
	const { records, kinds } = records_of(model);
	const replay = new Replay(model);
	for (const i of records) {
		if (model.time[i] > t) break;
		replay.take(i, kinds[model.trace.words[i * RECORD_WORDS + 2] & 0xffff]);
	}
	return replay.spaces;
}

export function kind_of(state: PageState, t: number, fresh_ns: number): PageKind {
	if (t - state.copied <= fresh_ns) return "copied";
	if (state.base !== "private") return state.base;
	return state.frame.holders > 1 ? "cow" : "private";
}
