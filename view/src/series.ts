// Numbers that change over time: how many threads are in a state, how many processes live; and rates of events.

import { Floats, lower_bound, upper_bound } from "./columns";
import { LOOKS, Look, Model } from "./model";

/** A value that changes in steps, with the sum of value times length before each step. */
export interface Series {
	time: Float64Array;
	value: Float64Array;
	sum: Float64Array;
	most: number;
}

class Steps {
	private time = new Floats();
	private value = new Floats();
	private sum = new Floats();
	private now = 0;
	private most = 0;

	/** Times never go back. */
	add(t: number, by: number): void {
		const { time, value, sum } = this;
		const last = time.count - 1;
		if (last >= 0 && time.data[last] === t) {
			this.now += by;
			value.data[last] = this.now;
			return;
		}
		this.most = Math.max(this.most, this.now);
		sum.push(last < 0 ? 0 : sum.data[last] + this.now * (t - time.data[last]));
		this.now += by;
		time.push(t);
		value.push(this.now);
	}

	done(): Series {
		return { time: this.time.done(), value: this.value.done(), sum: this.sum.done(), most: Math.max(this.most, this.now) };
	}
}

function in_looks(model: Model, looks: Look[]): Series {
	const { time, from, to } = model.changes;
	const is_in = new Uint8Array(LOOKS);
	for (const look of looks) is_in[look] = 1;
	const steps = new Steps();
	for (let i = 0; i < time.length; i++) {
		const by = is_in[to[i]] - is_in[from[i]];
		if (by) steps.add(time[i], by);
	}
	return steps.done();
}

function living(model: Model): Series {
	const steps = new Steps();
	const ends = model.processes.map((process) => process.exited).filter((t) => !isNaN(t)).sort((a, b) => a - b);
	let end = 0;
	for (const process of model.processes) {
		for (; end < ends.length && ends[end] <= process.born; end++) steps.add(ends[end], -1);
		steps.add(process.born, 1);
	}
	for (; end < ends.length; end++) steps.add(ends[end], -1);
	return steps.done();
}

export interface Counts {
	active: Series;
	running: Series;
	ready: Series;
	blocked: Series;
	processes: Series;
}

const kept = new WeakMap<Model, Counts>();

export function counts_of(model: Model): Counts {
	let counts = kept.get(model);
	if (counts) return counts;
	counts = {
		active: in_looks(model, [Look.RUNNING, Look.READY]), running: in_looks(model, [Look.RUNNING]), ready: in_looks(model, [Look.READY]),
		blocked: in_looks(model, [Look.BLOCKED]), processes: living(model),
	};
	kept.set(model, counts);
	return counts;
}

function sum_before(series: Series, t: number): number {
	const i = upper_bound(series.time, t) - 1;
	return i < 0 ? 0 : series.sum[i] + series.value[i] * (t - series.time[i]);
}

/** The average value over a piece of time. */
export function average_of(series: Series, from: number, to: number): number {
	return (sum_before(series, to) - sum_before(series, from)) / (to - from);
}

export function value_at(series: Series, t: number): number {
	const i = upper_bound(series.time, t) - 1;
	return i < 0 ? 0 : series.value[i];
}

/** Events each second in a piece of time. */
export function rate_of(times: Float64Array, from: number, to: number): number {
	return ((lower_bound(times, to) - lower_bound(times, from)) / (to - from)) * 1e9;
}
