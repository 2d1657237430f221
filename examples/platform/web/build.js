// Writes dist/: assets under names that hold a hash of their content, and a start page that names them.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";

const source = new URL("src/", import.meta.url);
const output = new URL(process.env.OUTPUT ? `file://${process.env.OUTPUT}/` : "dist/", import.meta.url);
const { version } = JSON.parse(await readFile(new URL("package.json", import.meta.url), "utf8"));

await rm(output, { recursive: true, force: true });
await mkdir(new URL("assets/", output), { recursive: true });
let page = (await readFile(new URL("index.html", source), "utf8")).replaceAll("{{version}}", version);
for (const name of ["app.js", "app.css"]) {
  const content = (await readFile(new URL(name, source), "utf8")).replaceAll("{{version}}", version);
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const hashed = name.replace(".", `.${hash}.`);
  await writeFile(new URL(`assets/${hashed}`, output), content);
  page = page.replaceAll(`{{${name}}}`, `/assets/${hashed}`);
}
await writeFile(new URL("index.html", output), page);
