// Runs the expand steps that were not run yet, each in a transaction of its own, ahead of the rollout.
// How long a step waits for a lock is said outside: `PGOPTIONS` carries `lock_timeout` of the spec.

import { readFile, readdir } from 'node:fs/promises';
import pg from 'pg';

const FOLDER = new URL('./migrations/', import.meta.url);
// Drops what an old revision still uses: by hand, after `retire`.
const CONTRACT = ['0004_drop_total.sql'];

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
try {
  // Two jobs at once: the second waits for the first, as long as `lock_timeout` lets it, and finds nothing to do.
  await client.query('SELECT pg_advisory_lock(20261121)');
  await client.query('CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())');
  const { rows } = await client.query('SELECT name FROM migrations');
  const done = new Set(rows.map((row) => row.name));
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql') && !CONTRACT.includes(name)).sort();
  for (const name of files.filter((file) => !done.has(file))) {
    await client.query('BEGIN');
    await client.query(await readFile(new URL(name, FOLDER), 'utf8'));
    await client.query('INSERT INTO migrations (name) VALUES ($1)', [name]);
    await client.query('COMMIT');
    console.log(JSON.stringify({ level: 'info', message: `ran ${name}` }));
  }
} catch (error) {
  console.error(JSON.stringify({ level: 'error', message: error.message, code: error.code }));
  process.exitCode = 1;
} finally {
  await client.end();
}
