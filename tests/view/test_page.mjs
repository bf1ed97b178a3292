// The page as a whole: languages, themes, contrast, printing, and that it asks nobody for anything.
import { complaints, open, same, settle, test, yes } from "./harness.mjs";

const TABS = ["graph", "calls", "files", "memory", "counters", "processors"];

test("both languages, in every picture", async () => {
	const page = await open("lives", "?lang=ko");
	same("the language of the document", await page.evaluate(() => document.documentElement.lang), "ko");
	const korean = {};
	for (const tab of TABS) {
		if ((await page.getAttribute(`#tab-${tab}`, "aria-selected")) !== "true") await page.click(`#tab-${tab}`);
		await page.evaluate(() => window.namu.page.choose_process(2));
		await settle(page);
		korean[tab] = await page.locator(".app").innerText();
		yes(`${tab} is Korean`, /[가-힣]/.test(await page.locator(".picture").innerText()), korean[tab].slice(-200));
		for (const word of ["blocked", "System calls", "status", "process tree"]) yes(`${tab} has no "${word}"`, !korean[tab].includes(word), word);
	}
	await page.evaluate(() => {
		const { model, page } = window.namu;
		page.choose_span([...model.spans.look].findIndex((look, i) => look === 4 && model.spans.wake[i] >= 0));
	});
	await settle(page);
	yes("the reason is Korean", /기다림/.test(await page.locator(".inspector").innerText()));
	await page.click("#language");
	await settle(page);
	const english = await page.locator(".app").innerText();
	yes("English again", english.includes("System calls") && !/[가-힣]/.test(english.replace("한국어", "")), english.match(/[가-힣]+/g));
});

/** Contrast of two colours as WCAG counts it. */
const contrast = (a, b) => {
	const light = (colour) =>
		[1, 3, 5]
			.map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
			.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
			.reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
	const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
	return (high + 0.05) / (low + 0.05);
};

test("light and dark, with contrast enough to read", async () => {
	const page = await open("pipeline");
	for (const theme of ["light", "dark"]) {
		same("theme", await page.evaluate(() => document.documentElement.dataset.theme), theme);
		const colour = await page.evaluate(() => Object.fromEntries(["ink", "soft", "accent", "error", "paper", "panel", "chosen"].map((name) => [name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()])));
		for (const ink of ["ink", "soft", "accent", "error"])
			for (const ground of ["paper", "panel", "chosen"]) yes(`${theme}: ${ink} on ${ground}`, contrast(colour[ink], colour[ground]) >= 4.5, contrast(colour[ink], colour[ground]));
		await page.click("#theme");
		await settle(page);
	}
});

test("it prints", async () => {
	const page = await open("pipeline", "", { colorScheme: "dark" });
	const pdf = await page.pdf();
	yes("a PDF with something in it", pdf.length > 8000, pdf.length);
	same("back to the dark", await page.evaluate(() => window.namu.store.state.theme), "dark");
});

test("no page complained or asked for anything but itself", async () => {
	await open("pipeline");
	same("complaints", complaints, []);
});
