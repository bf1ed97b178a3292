// Round numbers along an axis of time.

/** A round step of which at most `most` fit into a length. */
export function step_of(length: number, most: number): number {
	let step = 1;
	for (let i = 0; length / step > most; i++) step *= i % 3 === 1 ? 2.5 : 2;
	return step;
}

export interface Tick {
	t: number;
	text: string;
}

export function ticks(from: number, to: number, width: number): Tick[] {
	const step = step_of(to - from, Math.max(2, width / 110));
	const digits = Math.max(0, Math.min(6, Math.ceil(6 - Math.log10(step) - 1e-9)));
	const found: Tick[] = [];
	for (let t = Math.ceil(from / step) * step; t <= to; t += step) {
		const decimals = Math.max(0, digits);
		found.push({ t, text: `${(t / 1e6).toFixed(decimals)}` });
	}
	return found;
}
