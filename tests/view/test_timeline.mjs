// The timeline: what is drawn where, and what pointer, wheel and keys do.
import { open, same, settle, test, yes } from "./harness.mjs";

/** Colours of the light page by state. */
const LOOKS = { 2: "#efb435", 3: "#2e9e55", 4: "#cdd8e6", 5: "#b58bd0" };

const hex = ([r, g, b]) => `#${[r, g, b].map((value) => value.toString(16).padStart(2, "0")).join("")}`;

/** The colour in the middle of a span's bar. */
function colour_of_span(page, span) {
	return page.evaluate((span) => {
		const { model } = window.namu, line = window.namu.page.timeline;
		line.draw();
		const x = line.x_of((model.spans.start[span] + model.spans.end[span]) / 2), y = line.y_of(line.rows.of_thread[model.spans.thread[span]]) + 7;
		return [...line.context.getImageData(Math.round(x * line.ratio), Math.round(y * line.ratio), 1, 1).data];
	}, span);
}

test("timeline: bars have the colours of their states", async () => {
	const page = await open("lives");
	for (const look of [2, 3, 4, 5]) {
		const span = await page.evaluate((look) => {
			const { model } = window.namu;
			let best = -1;
			for (let i = 0; i < model.spans.count; i++)
				if (model.spans.look[i] === look && (best < 0 || model.spans.end[i] - model.spans.start[i] > model.spans.end[best] - model.spans.start[best])) best = i;
			const room = (model.spans.end[best] - model.spans.start[best]) * 1.3;
			window.namu.page.timeline.look_at(model.spans.start[best] - room, model.spans.end[best] + room * 1.1);
			return best;
		}, look);
		await settle(page);
		same(`state ${look}`, hex((await colour_of_span(page, span)).slice(0, 3)), LOOKS[look]);
	}
});

test("timeline: rows are the process tree, threads below their process", async () => {
	const page = await open("lives");
	const rows = await page.evaluate(() => {
		const { model, page } = window.namu;
		return page.timeline.rows.rows.map((row) => [model.processes[row.process].name, row.depth, row.is_process]);
	});
	same("rows", rows.map(([name, depth, is_process]) => (is_process ? `${depth} ${name}` : `${depth} thread`)), [
		"0 ", "1 lives", "2 thread", "2 thread", "2 thread", "2 producer", "2 consumer", "2 writer", "2 middle", "3 orphan", "2 stopped",
		"2 chain_a", "2 chain_b", "2 chain_c", "2 giver", "2 taker",
	]);
});

test("timeline: zoomed out, short pieces are merged and marked; none is lost", async () => {
	const page = await open("million");
	const found = await page.evaluate(() => {
		const { model } = window.namu, line = window.namu.page.timeline;
		line.look_at(model.first, model.last);
		line.draw();
		/* Every thread that lived leaves a pixel in its row. */
		let empty = 0, rows = 0;
		const [first, last] = line.visible_rows();
		for (let row = first; row < last - 1; row++) {
			const { width } = line.canvas;
			const data = line.context.getImageData(Math.round(209 * line.ratio), Math.round((line.y_of(row) + 9) * line.ratio), width - Math.round(220 * line.ratio), 1).data;
			let coloured = 0;
			for (let i = 0; i < data.length; i += 4) if (Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]) > 12) coloured++;
			rows++;
			if (!coloured) empty++;
		}
		return { merged: line.merged_columns, empty, rows };
	});
	yes("rows", found.rows > 10);
	same("rows without a trace of their thread", found.empty, 0);
	yes("merged columns are counted", found.merged > 0, found);
});

test("timeline: wheel, drag and keys move the view; f fits", async () => {
	const page = await open("pipeline");
	const view = () => page.evaluate(() => ({ ...window.namu.store.view, length: window.namu.store.view.to - window.namu.store.view.from }));
	const whole = await view();
	await page.mouse.move(700, 200);
	await page.mouse.wheel(0, -300);
	await settle(page);
	const zoomed = await view();
	yes("the wheel zooms in", zoomed.length < whole.length * 0.7, [whole, zoomed]);
	await page.mouse.down();
	await page.mouse.move(600, 200, { steps: 4 });
	await page.mouse.up();
	await settle(page);
	const dragged = await view();
	yes("a drag pans", dragged.from > zoomed.from && Math.abs(dragged.length - zoomed.length) < 2, [zoomed, dragged]);
	await page.keyboard.press("a");
	yes("a pans back", (await view()).from < dragged.from);
	await page.keyboard.press("w");
	yes("w zooms in", (await view()).length < dragged.length);
	await page.keyboard.press("s");
	await page.keyboard.press("-");
	await page.keyboard.press("f");
	/* It glides there. */
	await page.waitForFunction((length) => Math.abs(window.namu.store.view.to - window.namu.store.view.from - length) < length * 0.01, whole.length);
	await page.keyboard.press("?");
	yes("? helps", await page.locator(".help").isVisible());
	await page.keyboard.press("Escape");
	same("Escape closes", await page.locator(".help").count(), 0);
	await page.keyboard.press("/");
	await page.keyboard.type("sort");
	await page.keyboard.press("Enter");
	await settle(page);
	yes("the search chose sort", (await page.locator(".inspector header").textContent()).includes("sort"));
});

test("timeline: a click on a wait tells why, on what, who woke it, who holds the other end", async () => {
	const page = await open("pipeline");
	const place = await page.evaluate(() => {
		const { model, waiting } = window.namu, line = window.namu.page.timeline;
		const sort = model.processes.find((process) => process.name === "sort").threads[0];
		let best = -1;
		for (let i = model.spans.offset[sort]; i < model.spans.offset[sort + 1]; i++) {
			if (model.spans.look[i] !== 4 || !waiting.object_of(model, i)) continue;
			if (best < 0 || model.spans.end[i] - model.spans.start[i] > model.spans.end[best] - model.spans.start[best]) best = i;
		}
		const box = line.canvas.getBoundingClientRect(), length = model.spans.end[best] - model.spans.start[best];
		line.look_at(model.spans.start[best] - length, model.spans.end[best] + length);
		return { x: box.left + line.x_of((model.spans.start[best] + model.spans.end[best]) / 2), y: box.top + line.y_of(line.rows.of_thread[sort]) + 12, best };
	});
	await settle(page);
	await page.mouse.click(place.x, place.y);
	await settle(page);
	same("what was chosen", await page.evaluate(() => window.namu.store.state.selection), { kind: "span", span: place.best });
	const text = await page.locator(".inspector").innerText();
	for (const pattern of [/blocked/, /bytes in a pipe/, /pipe \d/, /read\(fd=0/, /woken by\s+ls\[\d+\]/, /holds the write end\s+(ls|sh)\[\d+\]/, /chain of waiters/])
		yes(`the panel says ${pattern}`, pattern.test(text), text);
	await page.locator(".inspector .link", { hasText: /^pipe/ }).click();
	yes("the object opens", (await page.locator(".inspector header").innerText()).startsWith("pipe"));
});

test("timeline: a waits for b, which waits for c: the chain has all its links, each leads there", async () => {
	const page = await open("lives");
	const chain = await page.evaluate(() => {
		const { model, waiting } = window.namu;
		const name_of = (thread) => model.processes[model.threads[thread].process].name;
		const first = model.processes.find((process) => process.name === "chain_a").threads[0];
		for (let i = model.spans.offset[first]; i < model.spans.offset[first + 1]; i++) {
			if (model.spans.look[i] !== 4 || !waiting.object_of(model, i)) continue;
			window.namu.page.choose_span(i);
			return waiting.chain_of(model, i).map((link) => [name_of(model.spans.thread[link.span]), link.by < 0 ? null : name_of(link.by)]);
		}
	});
	same("the links", chain, [["chain_a", "chain_b"], ["chain_b", "chain_c"], ["chain_c", null]]);
	await settle(page);
	const lines = page.locator(".inspector .chain li");
	for (const [place, name] of ["chain_a", "chain_b", "chain_c"].entries()) yes(`link ${place}`, (await lines.nth(place).innerText()).includes(name), await lines.allInnerTexts());
	await lines.nth(1).locator(".link").first().click();
	await settle(page);
	same("it leads there", await page.evaluate(() => {
		const { model, store } = window.namu, { selection } = store.state;
		return selection.kind === "span" && model.processes[model.threads[model.spans.thread[selection.span]].process].name;
	}), "chain_b");
});

test("timeline: a row is folded and unfolded", async () => {
	const page = await open("lives");
	const rows = () => page.evaluate(() => window.namu.page.timeline.rows.rows.length);
	const before = await rows();
	await page.evaluate(() => window.namu.page.timeline.toggle(1));
	same("folded", await rows(), 2);
	await page.evaluate(() => window.namu.page.timeline.toggle(1));
	same("unfolded", await rows(), before);
	await page.evaluate(() => {
		const { model, page } = window.namu, stopped = model.processes.find((process) => process.name === "stopped");
		page.timeline.look_at(stopped.born + 1000, stopped.exited - 1000);
	});
	await page.keyboard.press("l");
	const alive = await page.evaluate(() => window.namu.page.timeline.rows.rows.filter((row) => row.is_process).map((row) => window.namu.model.processes[row.process].name));
	same("alive in that time", alive, ["", "lives", "stopped"]);
	await page.keyboard.press("l");
	same("all again", await rows(), before);
});
