// The pictures below the timeline.
import { readFileSync } from "node:fs";
import { open, same, settle, test, work, yes } from "./harness.mjs";

test("messages: ls, pipe, sort, pipe, head; as wide as their bytes", async () => {
	const page = await open("pipeline");
	await page.click("#tab-calls");
	await page.click("#tab-graph");
	const names = await page.locator(".graph .node text:first-of-type").allTextContents();
	for (const name of ["ls", "sort", "head"]) yes(`${name} is there`, names.includes(name), names);
	same("two pipes", names.filter((name) => name.startsWith("pipe")).length, 2);
	const edges = await page.locator(".graph .edge path[data-bytes]").evaluateAll((paths) => paths.map((path) => [Number(path.dataset.bytes), Number(path.getAttribute("stroke-width"))]));
	same("four arrows", edges.length, 4);
	edges.sort((a, b) => a[0] - b[0]);
	for (let i = 1; i < edges.length; i++) yes("more bytes are no narrower", edges[i][1] >= edges[i - 1][1], edges);
	await page.locator(".graph .node.thing").first().click();
	await settle(page);
	const first = await page.locator(".messages li").first().innerText();
	yes("the first message and its bytes", /ls\[\d+\][\s\S]*B[\s\S]*"total/.test(first), first);
	await page.click("#signals");
	yes("signals", (await page.locator(".edge.signal").count()) >= 1);
	await page.click("#family");
	same("the family tree has all", await page.locator(".graph .node").count(), await page.evaluate(() => window.namu.model.processes.length));
});

test("system calls: decoded, filtered, linked to the timeline", async () => {
	const page = await open("pipeline");
	await page.click("#tab-calls");
	const all = await page.evaluate(() => window.namu.model.calls.count);
	await page.fill(".tools input[type=search]", "pipe2");
	await settle(page);
	same("two calls", await page.locator(".calls .rows .row").count(), 2);
	yes("with arguments and result", /pipe2\(fds=0x[0-9a-f]+, flags=0\)/.test(await page.locator(".calls .rows .row").first().innerText()));
	await page.locator(".calls .rows .row").first().click();
	await settle(page);
	same("the call is chosen", await page.evaluate(() => window.namu.store.state.selection.kind), "call");
	yes("and told", (await page.locator(".inspector header").innerText()).includes("pipe2"));
	await page.fill(".tools input[type=search]", "");
	await page.locator(".tools label", { hasText: "errors only" }).click();
	await settle(page);
	yes("errors have names", /−1 E[A-Z]+/.test(await page.locator(".calls .rows .row").first().innerText()));
	const errors = await page.evaluate(() => window.namu.filter_calls(window.namu.model, { text: "", process: -1, only_errors: true, from: -Infinity, to: Infinity }).length);
	yes("fewer than all", errors > 0 && errors < all);
});

test("descriptors: who still holds the write end", async () => {
	const page = await open("lives");
	await page.click("#tab-files");
	const at = (which) =>
		page.evaluate((which) => {
			const { model, store } = window.namu;
			const pipe = model.objects.things.find((thing) => thing.kind === "pipe"), named = (name) => model.processes.find((process) => process.name === name);
			const t = which === "both" ? model.time[pipe.messages[9]] : named("producer").exited + 1;
			store.set({ selection: { kind: "object", object: pipe.index }, moment: t });
		}, which);
	await at("both");
	await settle(page);
	yes("the producer writes", /producer\[\d+\]\s*fd 4/.test(await page.locator('[data-end="write"]').innerText()));
	yes("its table shows the end", (await page.locator(".table-card tr.writes").count()) >= 1);
	await at("gone");
	await settle(page);
	yes("nobody when it has ended", /nobody/.test(await page.locator('[data-end="write"]').innerText()), await page.locator('[data-end="write"]').innerText());
	yes("the reader has its end of file coming", /end of file/.test(await page.locator(".ends").innerText()));
});

test("sockets: who is at the other end, and what was passed to whom", async () => {
	const page = await open("lives");
	const ends = await page.evaluate(() => {
		const { model } = window.namu, things = model.objects.things.filter((thing) => thing.kind === "unix socket");
		const passing = things.find((thing) => thing.passes.length), giver = model.processes.find((process) => process.name === "giver");
		window.namu.store.set({ selection: { kind: "object", object: passing.index }, moment: model.time[passing.passes[0].record] });
		return { peers: things.map((thing) => thing.peers.map((peer) => things.findIndex((other) => other.index === peer))), from: passing.passes[0].from === giver.index };
	});
	same("each is the other's", ends, { peers: [[1], [0]], from: true });
	await settle(page);
	const peer = await page.locator('[data-fact="peer"]').innerText(), passed = await page.locator('[data-list="passes"]').innerText();
	yes("the other end and who has it", /unix socket \d+\s+.*(lives|taker)\[\d+\]\s*fd \d/s.test(peer), peer);
	yes("the descriptor, its file, from whom to whom", /(giver|lives)\[\d+\]\s*fd \d+\s*\/dev\/null\s*→\s*(taker|lives)\[\d+\]/.test(passed), passed);
});

test("processors: a row for each, who is on it, a click leads there", async () => {
	const page = await open("million");
	await page.click("#tab-processors");
	const count = await page.evaluate(() => window.namu.model.processors.length);
	yes("several", count >= 2, count);
	same("rows", await page.locator(".picture [data-cpu]").count(), count);
	await settle(page);
	const drawn = await page.locator(".picture [data-cpu] canvas").first().evaluate((canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0));
	yes("something is drawn", drawn);
	const wrong = await page.evaluate(() => {
		const { model } = window.namu;
		/* Whoever is said to be on a processor runs then, and on no other. */
		let wrong = 0, looked = 0;
		model.processors.forEach((processor, cpu) => {
			for (let i = 0; i + 1 < processor.start.length; i += 1 + (processor.start.length >> 9)) {
				const thread = processor.thread[i];
				if (thread < 0) continue;
				looked++;
				const { start, look, offset } = model.spans;
				let low = offset[thread], high = offset[thread + 1];
				while (low < high) {
					const middle = (low + high) >> 1;
					if (start[middle] <= processor.start[i]) low = middle + 1;
					else high = middle;
				}
				let runs = false;
				for (let k = low - 1; k >= offset[thread] && start[k] === processor.start[i]; k--) runs ||= look[k] === 3;
				if (!runs) wrong++;
			}
		});
		return looked > 10 ? wrong : -1;
	});
	same("all of them run", wrong, 0);
	await page.evaluate(() => {
		const { model, store } = window.namu, processor = model.processors[0], i = processor.thread.findIndex((thread) => thread >= 0);
		store.set({ moment: (processor.start[i] + processor.start[i + 1]) / 2 });
	});
	await settle(page);
	yes("who is there now", /\[\d+/.test(await page.locator('.picture [data-cpu="0"] .now').innerText()), await page.locator('.picture [data-cpu="0"] .now').innerText());
});

/** What a button saves. */
async function saved(page, button) {
	const [download] = await Promise.all([page.waitForEvent("download"), page.click(button)]);
	return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}

test("the timeline and the graph are saved as drawings that stand alone", async () => {
	const page = await open("pipeline");
	const line = await saved(page, "#svg");
	same("its name", line.name, "timeline.svg");
	for (const pattern of [/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/, />sort \d+</, /<title>blocked<\/title>/, /<path d="M[\d.]+ [\d.]+h6l-3 5z"/, / ms<\/text>/, /<\/svg>$/])
		yes(`the timeline has ${pattern}`, pattern.test(line.text), line.text.slice(0, 400));
	await page.click("#tab-graph");
	if (!(await page.locator(".net").count())) await page.click("#tab-graph");
	const graph = await saved(page, "#graph-svg");
	same("the graph's", graph.name, "graph.svg");
	yes("with its own colours", /fill: rgb\(/.test(graph.text) && graph.text.includes("sort"), graph.text.slice(0, 300));
	for (const { text } of [line, graph]) {
		const problem = await page.evaluate((text) => new DOMParser().parseFromString(text, "image/svg+xml").querySelector("parsererror")?.textContent ?? "", text);
		same("well-formed", problem, "");
	}
});

test("memory: cells by kind, following the moment", async () => {
	const page = await open("lives");
	await page.click("#tab-memory");
	const shown = (offset) =>
		page.evaluate((offset) => {
			const { model, store } = window.namu;
			const writer = model.processes.find((process) => process.name === "writer");
			store.set({ moment: offset === "first" ? writer.born + 1000 : writer.exited - 1000 });
			return writer.pid;
		}, offset);
	const pid = await shown("first");
	await settle(page);
	const before = await page.locator(`.space[data-pid="${pid}"] h4`).innerText();
	yes("shared by copy-on-write at first", /copy-on-write \d{2}/.test(before), before);
	await shown("last");
	await settle(page);
	const after = await page.locator(`.space[data-pid="${pid}"] h4`).innerText();
	const count = (text, pattern) => Number(pattern.exec(text)?.[1] ?? 0);
	const own = (text) => count(text, /private (\d+)/) + count(text, /just copied (\d+)/);
	yes("copied when written", own(after) - own(before) >= 32, [before, after]);
	const cells = await page.locator(`.space[data-pid="${pid}"] canvas`).evaluate((canvas) => {
		const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
		const found = new Set();
		for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) found.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
		return [...found].map((colour) => colour.toString(16).padStart(6, "0"));
	});
	for (const colour of ["b9c7d8", "e3c46a"]) yes(`cells of colour ${colour}`, cells.includes(colour), cells);
});

test("counters: nine, drawn over the time in view", async () => {
	const page = await open("lives");
	await page.click("#tab-counters");
	await settle(page);
	const drawn = await page.locator(".track canvas").evaluateAll((canvases) =>
		canvases.map((canvas) => {
			const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
			let inked = 0;
			for (let i = 3; i < data.length; i += 4) if (data[i] > 0) inked++;
			return inked;
		}),
	);
	same("tracks", drawn.length, 9);
	yes("none is empty", drawn.every((inked) => inked > 1000), drawn);
	const box = await page.locator(".track canvas").first().boundingBox();
	same("under the timeline", [Math.round(box.x), Math.round(box.x + box.width)], await page.evaluate(() => [208, Math.round(window.namu.page.timeline.width)]));
});

test("damaged: a cut trace shows what is whole and says so", async () => {
	const page = await open("cut");
	yes("the page says so", /damaged|cut/.test(await page.locator(".problem").innerText()));
	const events = await page.evaluate(() => window.namu.model.events);
	yes("some events", events >= 0 && events < Number(/^(\d+)/.exec(readFileSync(`${work}/pipeline.stat`, "utf8"))[1]), events);
});
