// Descriptor tables over time, as far as the events tell: who holds which open file description under which number.

export const KIND_FIFO = 1;
export const KIND_SOCKET = 12;

export interface File {
	index: number;
	key: number;
	/** The file's kind as in st_mode >> 12; 0: none of those (eventfd, epoll, ...). */
	kind: number;
	opened: number;
	/** NaN while somebody holds it. */
	closed: number;
	holders: number;
	/** The system call that opened it, or -1. */
	call: number;
	/** Of a pipe. */
	end: "" | "read" | "write";
	/** The other end of a pipe, or -1. */
	partner: number;
	/** What it is: a path, "socket", "[eventfd]" ...; empty when the trace does not tell. */
	name: string;
	/** The object behind it, once something went through, or -1. */
	object: number;
}

interface Table {
	now: Map<number, number>;
	time: number[];
	fd: number[];
	file: number[];
}

export class Files {
	readonly files: File[] = [];
	private live = new Map<number, number>();
	private tables: Table[] = [];
	private table_of: number[] = [];
	/** Told when the last descriptor of a file is gone. */
	on_closed: (file: File) => void = () => undefined;

	private table(process: number): Table {
		let index = this.table_of[process];
		if (index === undefined) index = this.table_of[process] = this.tables.push({ now: new Map(), time: [], fd: [], file: [] }) - 1;
		return this.tables[index];
	}

	private set(table: Table, fd: number, file: number, t: number): void {
		const old = table.now.get(fd);
		if (old !== undefined) this.drop(old, t);
		if (file < 0) table.now.delete(fd);
		else {
			table.now.set(fd, file);
			this.files[file].holders++;
		}
		table.time.push(t);
		table.fd.push(fd);
		table.file.push(file);
	}

	private drop(index: number, t: number): void {
		const file = this.files[index];
		if (--file.holders > 0) return;
		file.closed = t;
		if (this.live.get(file.key) === index) this.live.delete(file.key);
		this.on_closed(file);
	}

	fork(from: number, to: number, is_shared: boolean, t: number): void {
		if (from < 0) return;
		if (is_shared) {
			this.table(from);
			this.table_of[to] = this.table_of[from];
			return;
		}
		const table = this.table(to);
		for (const [fd, file] of this.table(from).now) this.set(table, fd, file, t);
	}

	private file_of(key: number, kind: number, t: number, call: number): File {
		const index = this.live.get(key);
		if (index !== undefined) return this.files[index];
		const file: File = { index: this.files.length, key, kind, opened: t, closed: NaN, holders: 0, call, end: "", partner: -1, object: -1, name: "" };
		this.files.push(file);
		this.live.set(key, file.index);
		return file;
	}

	open(process: number, fd: number, key: number, kind: number, t: number, call: number, is_pipe: boolean): void {
		const file = this.file_of(key, kind, t, call);
		/* The reading end of a pipe comes first. */
		if (is_pipe && kind === KIND_FIFO && file.end === "") {
			const before = this.files[file.index - 1];
			if (before && before.call === call && before.end === "read" && before.partner < 0) {
				file.end = "write";
				file.partner = before.index;
				before.partner = file.index;
			} else {
				file.end = "read";
			}
		}
		this.set(this.table(process), fd, file.index, t);
	}

	close(process: number, fd: number, t: number): void {
		this.set(this.table(process), fd, -1, t);
	}

	dup(process: number, fd: number, copy: number, key: number, t: number): void {
		const table = this.table(process);
		const index = table.now.get(fd);
		const file = index === undefined ? this.file_of(key, 0, t, -1) : this.files[index];
		if (index === undefined || copy !== fd) this.set(table, copy, file.index, t);
	}

	/** The open file description at an address. */
	of_key(key: number): File | undefined {
		const index = this.live.get(key);
		return index === undefined ? undefined : this.files[index];
	}

	held(process: number, fd: number): File | undefined {
		const index = this.table_of[process] === undefined ? undefined : this.table(process).now.get(fd);
		return index === undefined ? undefined : this.files[index];
	}

	/** Descriptor to index of file, as it was at a time. */
	at(process: number, t: number): Map<number, number> {
		const held = new Map<number, number>();
		if (this.table_of[process] === undefined) return held;
		const table = this.table(process);
		for (let i = 0; i < table.time.length && table.time[i] <= t; i++) {
			if (table.file[i] < 0) held.delete(table.fd[i]);
			else held.set(table.fd[i], table.file[i]);
		}
		return held;
	}
}
