// A million events: how long it takes to open and to move is told, not judged.
import { open, test, yes } from "./harness.mjs";

test("a million events open and pan", async () => {
	const page = await open("million");
	const { events, times } = await page.evaluate(() => ({ events: window.namu.model.events, times: window.namu.times }));
	yes("a million", events > 1000000, events);
	const frames = await page.evaluate(async () => {
		const line = window.namu.page.timeline, { model } = window.namu;
		line.look_at(model.first + (model.last - model.first) * 0.2, model.first + (model.last - model.first) * 0.7);
		const began = performance.now(), drawn = line.frames;
		for (let i = 0; i < 90; i++) {
			line.pan(i % 60 < 30 ? 0.012 : -0.012);
			await new Promise((done) => requestAnimationFrame(done));
		}
		return ((line.frames - drawn) * 1000) / (performance.now() - began);
	});
	console.log(`# ${events} events: shown after ${(times.shown / 1000).toFixed(2)} s (unpacked in ${Math.round(times.unpack)} ms, understood in ${Math.round(times.model)} ms); panned at ${frames.toFixed(0)} frames a second`);
	yes("it moved", frames > 1, frames);
});
