// The program of a service as a run of the simulator knows it: a request occupies the event loop, waits beside it, has a connection
// of a pool, calls somebody. The query says how long each takes; the environment says the rest.
import { createServer, request as ask, Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";

const setting = (name) => Number(process.env[name] ?? 0);

// Occupies the event loop, and needs no processor for it. What a busy machine adds is taken from the next time, but not what somebody
// did who stopped the process.
const LATE_MAX = 20;
const cell = new Int32Array(new SharedArrayBuffer(4));
let late = 0;
function occupy(ms) {
  const begun = performance.now();
  if (late < ms) Atomics.wait(cell, 0, 0, ms - late);
  late = Math.min(LATE_MAX, late + performance.now() - begun - ms);
}

// Waits for an answer, which comes from another thread as it would from another machine: timers of its own have precedence.
const asked = new Map();
const other = new Worker(
  `const { parentPort } = require("node:worker_threads");
  parentPort.on("message", ({ id, ms }) => setTimeout(() => parentPort.postMessage(id), ms));`,
  { eval: true },
);
other.on("message", (id) => asked.get(id)()).unref();
let asks = 0;
const wait = (ms) => new Promise((done) => {
  asks += 1;
  asked.set(asks, done);
  other.postMessage({ id: asks, ms });
});

const pool = process.env.STORE && new (await import("pg")).default.Pool({
  connectionString: process.env.STORE,
  max: setting("POOL"),
  min: setting("POOL"),
  idleTimeoutMillis: 0,
  connectionTimeoutMillis: setting("ACQUIRE"),
});
pool && pool.on("error", (error) => console.error(`lost: ${error.message}`));

// All connections from the start, as a pool that is `eager`.
async function open() {
  const all = Array.from({ length: setting("POOL") }, () => pool.connect());
  for (const { status, value, reason } of await Promise.allSettled(all)) {
    if (status === "fulfilled") value.release();
    else console.error(`not opened: ${reason.code} ${reason.message}`);
  }
}

async function use(ms) {
  const client = await pool.connect();
  try {
    await client.query("SELECT pg_sleep($1)", [ms / 1000]);
  } finally {
    client.release();
  }
}

// One attempt, with a connection of its own.
function attempt(path, timeout) {
  return new Promise((done, failed) => {
    const call = ask({ port: setting("CALLED"), path, agent: new Agent(), signal: AbortSignal.timeout(timeout) }, (answer) => {
      answer.resume().on("end", () => (answer.statusCode === 200 ? done() : failed(new Error("called: failed"))));
    });
    call.on("error", () => failed(new Error("called: timeout"))).end();
  });
}

// Full jitter: anything up to a delay that doubles.
async function call(path) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt(path, setting("CALL_TIMEOUT"));
    } catch (error) {
      if (setting("CALL_RETRIES") <= tries) throw error;
      await sleep(Math.random() * Math.min(setting("BACKOFF_MAX"), setting("BACKOFF") * 2 ** tries));
    }
  }
}

let requests = 0;
const server = createServer(async (request, response) => {
  const query = new URL(request.url, "http://localhost").searchParams;
  const number = (name) => Number(query.get(name) ?? 0);
  const end = (status, text) => {
    response.statusCode = status;
    if (!server.listening) response.setHeader("Connection", "close");
    response.end(text);
  };
  if (query.has("count")) return end(200, String(requests));
  requests += 1;
  try {
    if (query.has("busy")) occupy(number("busy"));
    if (query.has("wait")) await wait(number("wait"));
    if (query.has("hold")) await use(number("hold"));
    if (query.has("call")) await call(query.get("call"));
    // A session is known to the process that began it.
    if (query.has("session")) return end(200, `${query.get("session") === String(process.pid) ? "" : "new"} ${process.pid}`);
    end(200, "done");
  } catch (error) {
    end(500, error.message);
  }
});
if (process.env.KEEP) server.keepAliveTimeout = setting("KEEP");

function stop() {
  server.close(async () => {
    await pool?.end();
    process.exit(0);
  });
  setTimeout(() => process.exit(1), setting("DRAIN"));
}
process.on("SIGINT", stop);
process.on("SIGTERM", stop);

// What starting Node took is part of the boot.
await sleep(Math.max(0, setting("BOOT") - performance.now()));
if (pool) await open();
server.listen(setting("PORT"), "127.0.0.1", () => process.send?.("ready"));
