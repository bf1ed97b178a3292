// The tests of the page, in order.
import { run } from "./harness.mjs";
import "./test_model.mjs";
import "./test_timeline.mjs";
import "./test_pictures.mjs";
import "./test_page.mjs";
import "./test_million.mjs";

await run();
