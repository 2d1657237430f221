// The endpoints.
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";

const LONGEST_MS = 25_000;
const BODY_MAX = 10 * 1024 * 1024;

const routes = {
  // Whether this process should get requests: not while it drains, nor without its stores.
  "GET /api/health": async (_request, { version, stores, state }) => {
    if (state.draining) return [503, { status: "draining", release: version }];
    const ready = await stores.ready().catch(() => false);
    return [ready ? 200 : 503, { status: ready ? "ok" : "stores are not reachable", release: version }];
  },
  "GET /api/release": (_request, { version }) => [200, { release: version, pid: process.pid }],
  // Stands for the monthly report: `?ms=900` takes 900 ms.
  "GET /api/report": async (_request, { version, url }) => {
    await wait(Math.min(Number(url.searchParams.get("ms")) || 0, LONGEST_MS));
    return [200, { release: version }];
  },
  "POST /api/session": async (request, { stores }) => {
    const id = randomUUID();
    await stores.save(id, { user: (await body(request)).user ?? "somebody" });
    return [201, { id }, { "Set-Cookie": `session=${id}; HttpOnly; Path=/api; SameSite=Lax` }];
  },
  "GET /api/session": async (request, { stores }) => {
    const id = /(?:^|;\s*)session=([0-9a-f-]{36})/.exec(request.headers.cookie ?? "")?.[1];
    const session = id && (await stores.load(id));
    return session ? [200, session] : [401, { error: "no session" }];
  },
};

export async function answer(request, response, context) {
  const url = new URL(request.url, "http://api");
  const route = routes[`${request.method} ${url.pathname}`];
  let [status, value, headers] = [404, { error: "not found" }];
  try {
    if (route) [status, value, headers] = await route(request, { ...context, url });
  } catch (error) {
    [status, value] = [error.status ?? 500, { error: error.message }];
  }
  const text = JSON.stringify(value);
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text), ...headers });
  response.end(text);
}

async function body(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > BODY_MAX) throw Object.assign(new Error("too large"), { status: 413 });
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString() || "{}");
  } catch {
    throw Object.assign(new Error("not JSON"), { status: 400 });
  }
}
