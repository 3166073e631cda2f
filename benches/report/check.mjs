// Opens a report in Chromium: both themes, wide and narrow; axe-core must find nothing, the console must be silent.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const [tools, file, shots] = process.argv.slice(2);
const need = createRequire(path.join(tools, "package.json"));
const { chromium } = need("playwright-core");
const axe = fs.readFileSync(need.resolve("axe-core/axe.min.js"), "utf8");

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
let failed = 0, passed = 0;
const check = (holds, words) => {
  holds ? passed++ : failed++;
  if (!holds) console.log(`FAILED: ${words}`);
};
for (const scheme of ["light", "dark"]) {
  for (const width of [1280, 390]) {
    const at = `${scheme} ${width}`;
    // Only the checker's own script needs the policy set aside; the page is first looked at under its policy.
    for (const bypassCSP of [false, true]) {
      const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 }, bypassCSP, offline: true });
      const page = await context.newPage();
      const said = [], asked = [];
      page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
      page.on("pageerror", (error) => said.push(String(error)));
      page.on("request", (request) => asked.push(request.url()));
      await page.goto("file://" + path.resolve(file));
      if (!bypassCSP) {
        const facts = await page.evaluate(() => ({
          overflow: document.documentElement.scrollWidth - window.innerWidth,
          styled: getComputedStyle(document.querySelector("main")).maxWidth,
          // Asked of the page as it was understood: as a text, any of this may stand in it.
          active: [...document.querySelectorAll("*")].filter((one) => one.localName === "script"
            || [...one.attributes].some(({ name, value }) => /^on|^style$|^src/.test(name)
              || (/href$/.test(name) && !value.startsWith("#")))).map((one) => one.outerHTML.slice(0, 160)),
          headings: [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].map((one) => +one.tagName[1]),
          // Text of charts must lie within the drawing.
          clipped: [...document.querySelectorAll("svg.wide text, svg.narrow text")].filter((one) => {
            const svg = one.ownerSVGElement.getBoundingClientRect(), box = one.getBoundingClientRect();
            return svg.width > 0 && (box.left < svg.left - 1 || box.right > svg.right + 1
              || box.top < svg.top - 1 || box.bottom > svg.bottom + 1);
          }).map((one) => one.textContent),
          covered: [...document.querySelectorAll("svg.wide, svg.narrow")].flatMap((svg) => {
            const boxes = [...svg.querySelectorAll("text")].map((one) => [one.textContent, one.getBoundingClientRect()]);
            return boxes.flatMap(([a, one], place) => boxes.slice(place + 1).filter(([, other]) => one.width > 0
              && one.left < other.right - 1 && other.left < one.right - 1
              && one.top < other.bottom - 3 && other.top < one.bottom - 3).map(([b]) => `${a} / ${b}`));
          }),
        }));
        check(facts.overflow <= 0, `${at}: the page is ${facts.overflow} px too wide`);
        check(facts.active.length === 0, `${at}: scripts, inline styles or outside links: ${facts.active.join(" | ")}`);
        check(facts.styled !== "none", `${at}: the style sheet is not in force`);
        check(facts.headings.every((level, place) => level <= (facts.headings[place - 1] ?? 0) + 1), `${at}: headings skip a level`);
        check(facts.clipped.length === 0, `${at}: clipped labels: ${facts.clipped.join(" | ")}`);
        check(facts.covered.length === 0, `${at}: labels cover each other: ${facts.covered.join(" | ")}`);
        check(said.length === 0, `${at}: the console says: ${said.join(" | ")}`);
        check(asked.every((url) => url.startsWith("file:")) && asked.length === 1, `${at}: asks for ${asked.join(" ")}`);
        if (shots) {
          await page.screenshot({ path: path.join(shots, `${scheme}-${width}.png`), fullPage: true });
          if (scheme === "light" && width === 1280) await page.pdf({ path: path.join(shots, "report.pdf"), format: "A4" });
        }
      } else {
        await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => window.axe.run());
        const words = violations.map((one) => `${one.id} (${one.nodes.length}): ${one.nodes[0].html.slice(0, 160)} ${one.nodes[0].failureSummary}`);
        check(violations.length === 0, `${at}: axe: ${words.join(" | ")}`);
      }
      await context.close();
    }
  }
}
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
