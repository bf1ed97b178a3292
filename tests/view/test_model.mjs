// The page's model against `namu stat`, which counts the same trace with other code, and against what the programs do.
import { readFileSync } from "node:fs";
import { open, same, test, work, yes } from "./harness.mjs";

/** The rows of `namu stat`. */
function stat_of(name) {
	const text = readFileSync(`${work}/${name}.stat`, "utf8");
	const rows = text.split("parent  name")[1].split("\n").slice(1).filter(Boolean).map((line) => line.trim().split(/\s+/));
	return { text, rows };
}

for (const name of ["pipeline", "lives"]) {
	test(`${name}: the sums are those of namu stat`, async () => {
		const page = await open(name);
		const { text, rows } = stat_of(name);
		const found = await page.evaluate(() => {
			const { model } = window.namu;
			return {
				events: model.events,
				rows: model.processes.map((p) => [p.pid, p.maker < 0 ? 0 : model.processes[p.maker].pid, p.threads.length, p.copies, p.faults, p.calls, p.sent, p.received]),
			};
		});
		yes("events", text.startsWith(`${found.events} events`), text.slice(0, 40));
		const expected = rows.map((row) => [row[0], row[3], ...row.slice(11)].map(Number));
		same("each process", found.rows.map((row) => [row[0], ...row.slice(2)]), expected);
	});

	test(`${name}: times in states are those of namu stat`, async () => {
		const page = await open(name);
		const { rows } = stat_of(name);
		const found = await page.evaluate(() => {
			const { model } = window.namu;
			return model.processes.map((process) => {
				const times = new Array(8).fill(0);
				for (const thread of process.threads)
					for (let i = model.spans.offset[thread]; i < model.spans.offset[thread + 1]; i++) times[model.spans.look[i]] += model.spans.end[i] - model.spans.start[i];
				return [times[3] / 1e6, times[2] / 1e6, (times[4] + times[5]) / 1e6];
			});
		});
		rows.forEach((row, i) => {
			/* What has not ended with the trace is counted to its end here. */
			if (row[0] === "1") return;
			for (const [k, column] of [5, 6, 7].entries()) yes(`${row[2]} column ${column}`, Math.abs(found[i][k] - Number(row[column])) < 0.01, [found[i], row]);
		});
	});
}

test("spans of a thread follow each other without a gap or an overlap", async () => {
	const page = await open("lives");
	const bad = await page.evaluate(() => {
		const { spans, threads } = window.namu.model;
		let bad = 0;
		for (const thread of threads)
			for (let i = spans.offset[thread.index]; i < spans.offset[thread.index + 1]; i++) {
				if (spans.end[i] < spans.start[i]) bad++;
				if (i > spans.offset[thread.index] && spans.start[i] !== spans.end[i - 1]) bad++;
			}
		return bad;
	});
	same("bad spans", bad, 0);
});

test("lives: stopped, zombie, orphan, full pipe, threads, signal are seen", async () => {
	const page = await open("lives");
	const seen = await page.evaluate(() => {
		const { model, waiting, fill } = window.namu;
		const named = (name) => model.processes.find((process) => process.name === name);
		const looks = (name) => named(name).threads.flatMap((thread) => [...model.spans.look.slice(model.spans.offset[thread], model.spans.offset[thread + 1])]);
		const length = (name, look) => {
			const [thread] = named(name).threads;
			let sum = 0;
			for (let i = model.spans.offset[thread]; i < model.spans.offset[thread + 1]; i++) if (model.spans.look[i] === look) sum += model.spans.end[i] - model.spans.start[i];
			return sum;
		};
		const pipe = model.objects.things.find((thing) => thing.kind === "pipe");
		return {
			stopped: looks("stopped").includes(5), zombie_ms: length("writer", 7) / 1e6, status: named("writer").status, parents: named("orphan").parents.map((p) => p.pid),
			reparents: model.reparents.time.length, most: fill.levels_of(model, pipe).most, sent: pipe.sent, threads: named("lives").threads.length,
			full: looks("producer").includes(4), left: fill.levels_of(model, pipe).level.at(-1), received: pipe.received, writer_copies: named("writer").copies, signals: [...model.marks.kind].filter((kind) => kind === 3).length > 0,
			futex: model.objects.things.some((thing) => thing.kind === "futex"), ends: pipe.files.size, chain: typeof waiting.chain_of,
		};
	});
	yes("stopped", seen.stopped);
	yes("the zombie is not collected at once", seen.zombie_ms > 1, seen.zombie_ms);
	same("status 7", seen.status, 7 << 8);
	same("the orphan's last parent", seen.parents.at(-1), 1);
	yes("two parents", seen.parents.length === 2 && seen.reparents === 1, seen);
	same("the pipe was full", seen.most, 65536);
	same("bytes", [seen.sent, seen.received, seen.left], [24 * 8192, 24 * 8192, 0]);
	same("threads", seen.threads, 4);
	yes("the producer waited", seen.full);
	yes("half the pages were copied", seen.writer_copies >= 32, seen.writer_copies);
	yes("a signal was taken", seen.signals);
	yes("threads met at a futex", seen.futex);
	same("both ends of the pipe are known", seen.ends, 2);
});

test("memory: shared after the fork, copied when written, private again at the end", async () => {
	const page = await open("lives");
	const counts = await page.evaluate(() => {
		const { model, memory_at } = window.namu;
		const writer = model.processes.find((process) => process.name === "writer");
		const copies = [];
		for (let i = 0; i < model.trace.count; i++)
			if ((model.trace.words[i * 12 + 2] & 0xffff) === model.kinds.COPY && model.trace.words[i * 12 + 4] === writer.pid) copies.push(model.time[i]);
		const count = (t, pid) => {
			const found = { cow: 0, own: 0, copied: 0 };
			for (const state of memory_at(model, t).get(pid)?.pages.values() ?? []) {
				if (state.base !== "private") continue;
				if (state.frame.holders > 1) found.cow++;
				else found.own++;
				if (!Number.isNaN(state.copied)) found.copied++;
			}
			return found;
		};
		return { first: count(writer.born + 1, writer.pid), last: count(writer.exited - 1, writer.pid), parent: count(writer.exited + 1, 2), copies: copies.length };
	});
	yes("pages are shared at first", counts.first.cow >= 64, counts);
	yes("32 of them are written", counts.last.copied >= 32 && counts.first.copied === 0, counts);
	yes("those are the writer's own", counts.first.cow - counts.last.cow >= 32, counts);
	same("nobody shares with the parent when the writer has gone", counts.parent.cow, 0);
});
