// What the tests of the page share: a browser that may look at files only, checks, and TAP.
import { createRequire } from "node:module";
import { join } from "node:path";

export const [work, build] = process.argv.slice(2);
const { chromium } = createRequire(join(build, "view/package.json"))("playwright-core");

const tests = [];
export function test(name, run) {
	tests.push({ name, run });
}

export function same(what, got, expected) {
	const [a, b] = [JSON.stringify(got), JSON.stringify(expected)];
	if (a !== b) throw new Error(`${what}: expected ${b?.slice(0, 300)}, got ${a?.slice(0, 300)}`);
}

export function yes(what, condition, detail = "") {
	if (!condition) throw new Error(`${what}${detail === "" ? "" : `: ${JSON.stringify(detail).slice(0, 300)}`}`);
}

let browser;
/** What pages said or asked for that they should not. */
export const complaints = [];

/** Opens a page that the test recorded; `query` such as "?lang=ko". */
export async function open(name, query = "", options = {}) {
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-US", colorScheme: "light", ...options });
	const page = await context.newPage();
	/* Reading pixels back is what tests do; the page itself never does. */
	const is_ours = (text) => text.includes("willReadFrequently") || text.includes("GPU stall");
	page.on("console", (message) => ["error", "warning"].includes(message.type()) && !is_ours(message.text()) && complaints.push(`${name}: ${message.text()}`));
	page.on("pageerror", (error) => complaints.push(`${name}: ${error.message}`));
	page.on("request", (request) => /^(file|data|blob):/.test(request.url()) || complaints.push(`${name} asks for ${request.url()}`));
	await page.goto(`file://${work}/${name}.html${query}`);
	await page.waitForFunction(() => window.namu, null, { timeout: 60000 });
	return page;
}

/** Two frames, after which what was asked for is drawn. */
export async function settle(page) {
	await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));
	await page.waitForTimeout(30);
}

export async function run() {
	browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
	let failed = 0;
	for (const { name, run: body } of tests) {
		try {
			await body();
			console.log(`ok - ${name}`);
		} catch (error) {
			failed++;
			console.log(`not ok - ${name}\n    ${String(error.message).split("\n").join("\n    ")}`);
		}
		for (const context of browser.contexts()) await context.close();
	}
	await browser.close();
	process.exit(failed ? 1 : 0);
}
