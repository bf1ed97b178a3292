// The data of the page: gzip'd and base64 in a script element, unpacked into one array of 32-bit words.
//
// Unpacked it is: the length of the head (32 bits), four bytes of zeros, the head (JSON, filled up to a multiple of 8
// with blanks), and then the records of the stream as they are in namu-trace(5), 48 bytes each.

export const RECORD_WORDS = 12;

/** What the numbers in the records mean; see the INFO chunk of namu-trace(5). */
export interface Info {
	namu: string;
	command: string[];
	root: string | null;
	cpus: number;
	status: number;
	seed: string | null;
	/** Whether events might be dropped, and the kinds that were recorded (null: all); older files say neither. */
	lossy?: boolean;
	filter?: string[] | null;
	events: Record<string, string>;
	states: Record<string, string>;
	waits: Record<string, string>;
	wait_texts: Record<string, string>;
	messages: Record<string, string>;
	signals: Record<string, string>;
	calls: Record<string, string[]>;
}

export interface Head {
	file: string;
	problem: string | null;
	realtime_ns: string;
	info: Info;
}

export interface Trace {
	head: Head;
	info: Info;
	/** The records, RECORD_WORDS words each. */
	words: Uint32Array;
	count: number;
}

function from_base64(text: string): Uint8Array<ArrayBuffer> {
	const quick = (Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }).fromBase64;
	if (quick) return quick(text);
	const binary = atob(text);
	const bytes = new Uint8Array(binary.length);
	for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
	return bytes;
}

async function read_all(stream: ReadableStream<Uint8Array>, size: number): Promise<ArrayBuffer> {
	const bytes = new Uint8Array(size);
	const reader = stream.getReader();
	for (let at = 0; ; ) {
		const { done, value } = await reader.read();
		if (done) return bytes.buffer;
		bytes.set(value, at);
		at += value.length;
	}
}

export async function unpack(packed: Uint8Array<ArrayBuffer>): Promise<Trace> {
	/* The size stands in the last four bytes of what is gzip'd. */
	const size = new DataView(packed.buffer, packed.byteOffset + packed.byteLength - 4, 4).getUint32(0, true);
	const buffer = await read_all(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip")), size);
	const head_bytes = new Uint32Array(buffer, 0, 1)[0];
	const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, head_bytes))) as Head;
	const count = Math.floor((buffer.byteLength - 8 - head_bytes) / (RECORD_WORDS * 4));
	const words = new Uint32Array(buffer, 8 + head_bytes, count * RECORD_WORDS);
	return { head, info: head.info, words, count };
}

export async function load(element: HTMLElement): Promise<Trace> {
	const packed = from_base64((element.textContent ?? "").trim());
	element.textContent = "";
	const trace = await unpack(packed);
	/* What is wrong with a trace is known behind its last record only. */
	trace.head.problem = JSON.parse(document.getElementById("problem")?.textContent || "null") as string | null;
	return trace;
}

/** The text that follows record `i`. */
export function text_of(trace: Trace, i: number): string {
	const pieces = trace.words[i * RECORD_WORDS + 2] >>> 24;
	const bytes: number[] = [];
	for (let piece = 1; piece <= pieces && i + piece < trace.count; piece++) {
		const at = trace.words.byteOffset + (i + piece) * RECORD_WORDS * 4 + 16;
		for (const byte of new Uint8Array(trace.words.buffer, at, 32)) {
			if (byte === 0) return new TextDecoder().decode(new Uint8Array(bytes));
			bytes.push(byte);
		}
	}
	return new TextDecoder().decode(new Uint8Array(bytes));
}

/** Word `word` (0 to 3) of record `i` as a number; exact below 2^53. */
export function word_of(trace: Trace, i: number, word: number): number {
	const at = i * RECORD_WORDS + 4 + word * 2;
	return trace.words[at] + trace.words[at + 1] * 4294967296;
}

/** The same as a signed 64-bit number. */
export function signed_word_of(trace: Trace, i: number, word: number): bigint {
	const at = i * RECORD_WORDS + 4 + word * 2;
	return BigInt.asIntN(64, (BigInt(trace.words[at + 1]) << 32n) | BigInt(trace.words[at]));
}

/** A kernel address as a key: its low 53 bits, which tell all of them apart. */
export function key_of(trace: Trace, i: number, word: number): number {
	const at = i * RECORD_WORDS + 4 + word * 2;
	return trace.words[at] + (trace.words[at + 1] & 0x1fffff) * 4294967296;
}
