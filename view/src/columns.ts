// Columns of numbers that grow, and searches in sorted ones.

export class Ints {
	data: Int32Array;
	count = 0;

	constructor(room = 1024) {
		this.data = new Int32Array(room);
	}

	push(value: number): number {
		if (this.count === this.data.length) {
			const larger = new Int32Array(this.count * 2 + 16);
			larger.set(this.data);
			this.data = larger;
		}
		this.data[this.count] = value;
		return this.count++;
	}

	done(): Int32Array {
		return (this.data = this.data.slice(0, this.count));
	}
}

export class Floats {
	data: Float64Array;
	count = 0;

	constructor(room = 1024) {
		this.data = new Float64Array(room);
	}

	push(value: number): number {
		if (this.count === this.data.length) {
			const larger = new Float64Array(this.count * 2 + 16);
			larger.set(this.data);
			this.data = larger;
		}
		this.data[this.count] = value;
		return this.count++;
	}

	done(): Float64Array {
		return (this.data = this.data.slice(0, this.count));
	}
}

type Sorted = Float64Array | Int32Array;

/** The first place from `from` to `to` whose value is `value` or more. */
export function lower_bound(sorted: Sorted, value: number, from = 0, to = sorted.length): number {
	while (from < to) {
		const middle = (from + to) >> 1;
		if (sorted[middle] < value) from = middle + 1;
		else to = middle;
	}
	return from;
}

/** The first place whose value is more than `value`. */
export function upper_bound(sorted: Sorted, value: number, from = 0, to = sorted.length): number {
	while (from < to) {
		const middle = (from + to) >> 1;
		if (sorted[middle] <= value) from = middle + 1;
		else to = middle;
	}
	return from;
}

/** As lower_bound, for places that are probably near `from`. */
export function gallop(sorted: Sorted, value: number, from: number, to: number): number {
	let step = 1;
	let low = from;
	while (low + step < to && sorted[low + step] < value) {
		low += step;
		step *= 2;
	}
	return lower_bound(sorted, value, low, Math.min(to, low + step + 1));
}

/** Puts items in groups: `of[i]` is the group of item i; returns the items by group and where each group begins. */
export function group(of: Int32Array, groups: number): { items: Int32Array; offset: Int32Array } {
	const offset = new Int32Array(groups + 1);
	for (let i = 0; i < of.length; i++) offset[of[i] + 1]++;
	for (let i = 0; i < groups; i++) offset[i + 1] += offset[i];
	const at = offset.slice(0, groups);
	const items = new Int32Array(of.length);
	for (let i = 0; i < of.length; i++) items[at[of[i]]++] = i;
	return { items, offset };
}
