// Runs the migrations that were not run yet, in the order of their names, each in a transaction of its own.
//
// How long a statement waits for a lock is set from outside: PGOPTIONS, from `lock_timeout` of the spec.
import { appendFile, mkdir, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

const folder = new URL("../migrations/", import.meta.url);
const files = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
const { PLATFORM_WITHOUT_STORES: directory, DATABASE_URL } = process.env;
await (directory ? note(directory) : migrate(DATABASE_URL));

async function migrate(connectionString) {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString });
  await client.connect();
  // Two releases at once: the second waits and finds nothing to do.
  await client.query("SELECT pg_advisory_lock(4242)");
  await client.query("CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())");
  const { rows } = await client.query("SELECT name FROM migrations");
  const done = new Set(rows.map((row) => row.name));
  for (const name of files.filter((name) => !done.has(name))) {
    console.log(JSON.stringify({ level: "info", message: "migrating", name }));
    await client.query("BEGIN");
    await client.query(await readFile(new URL(name, folder), "utf8"));
    await client.query("INSERT INTO migrations (name) VALUES ($1)", [name]);
    await client.query("COMMIT");
  }
  await client.end();
}

// Without a database it only says what it would have done, once for each release.
async function note(directory) {
  await mkdir(directory, { recursive: true });
  await appendFile(join(directory, "migrated"), `${files.join(" ")} ${process.env.PGOPTIONS ?? ""}\n`);
}
