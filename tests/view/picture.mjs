// The README's picture: the page of a pipeline, with a wait chosen.
//
//   node picture.mjs DIRECTORY_OF_PAGES BUILD OUTPUT
import { createRequire } from "node:module";
import { join } from "node:path";

const [work, build, output] = process.argv.slice(2);
const { chromium } = createRequire(join(build, "view/package.json"))("playwright-core");
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage({ viewport: { width: 1280, height: 640 }, locale: "en-US", colorScheme: "light" });
await page.goto(`file://${work}/picture.html`);
await page.waitForFunction(() => window.namu);
await page.evaluate(() => {
	const { model, page, store } = window.namu;
	const sort = model.processes.find((process) => process.name === "sort").threads[0];
	let best = -1;
	for (let i = model.spans.offset[sort]; i < model.spans.offset[sort + 1]; i++)
		if (model.spans.look[i] === 4 && (best < 0 || model.spans.end[i] - model.spans.start[i] > model.spans.end[best] - model.spans.start[best])) best = i;
	page.choose_span(best, (model.spans.start[best] + model.spans.end[best]) / 2);
	store.set({ dock: 0.26 });
});
await page.waitForTimeout(500);
await page.screenshot({ path: output });
await browser.close();
