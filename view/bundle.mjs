// Bundles the page: scripts and style into the template, one file, with a place left for the data.
//
//   node bundle.mjs DIRECTORY_OF_NODE_MODULES OUTPUT
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const SIZE_MOST = 200 * 1024;
const [modules, output] = process.argv.slice(2).map((path) => resolve(path));
const here = dirname(fileURLToPath(import.meta.url));
const esbuild = createRequire(join(modules, "package.json"))("esbuild");

const common = { bundle: true, minify: true, write: false, nodePaths: [join(modules, "node_modules")], logLevel: "warning", legalComments: "inline" };
const script = await esbuild.build({
	...common,
	entryPoints: [join(here, "src/main.tsx")],
	format: "iife",
	target: "es2023",
	charset: "utf8",
	jsx: "automatic",
	jsxImportSource: "preact",
});
const style = await esbuild.build({ ...common, entryPoints: [join(here, "src/style.css")] });

/* What stands in a script element must not end it. */
const text = script.outputFiles[0].text.trim().replaceAll("</script", "<\\/script");
const page = readFileSync(join(here, "template.html"), "utf8")
	.replace("/*STYLE*/", () => style.outputFiles[0].text.trim())
	.replace("/*SCRIPT*/", () => text);
if (page.split("@DATA@").length !== 2) throw new Error("the template must have one place for the data");
if (Buffer.byteLength(page) > SIZE_MOST) throw new Error(`the template has ${Buffer.byteLength(page)} bytes; ${SIZE_MOST} are the most`);
writeFileSync(`${output}.new`, page);
renameSync(`${output}.new`, output);
console.log(`${output}: ${Buffer.byteLength(page)} bytes`);
