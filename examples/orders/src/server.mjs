// The API: it is ready when its pool is open, and it stops without losing a request.

import http from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';

const { DATABASE_URL, PORT, POOL_SIZE, SHUTDOWN_MS } = process.env;

const pool = new pg.Pool({
  connectionString: DATABASE_URL,
  max: Number(POOL_SIZE),
  connectionTimeoutMillis: 2_000,
  statement_timeout: 3_000,
  idleTimeoutMillis: 0,
});
pool.on('error', (error) => log('error', error.message));

let isOpen = false;
let isDraining = false;
let inFlight = 0;

const routes = {
  'GET /livez': async () => [200, { live: true }],
  'GET /readyz': async () => {
    if (!isOpen || isDraining) return [503, { ready: false }];
    await pool.query('SELECT 1');
    return [200, { ready: true }];
  },
  'POST /orders': async (request) => {
    const { customer, total } = await read(request);
    // Revision 2.1 writes both columns, so that 2.0 and 2.2 read what they know.
    const { rows } = await pool.query(
      'INSERT INTO orders (customer_id, total, total_cents) VALUES ($1, $2, $3) RETURNING id',
      [customer, total, Math.round(Number(total) * 100)],
    );
    return [201, rows[0]];
  },
  'GET /orders': async () => {
    const { rows } = await pool.query('SELECT id, customer_id, total FROM orders ORDER BY id DESC LIMIT 20');
    return [200, rows];
  },
};

const server = http.createServer(async (request, response) => {
  inFlight += 1;
  response.on('close', () => (inFlight -= 1));
  // Whoever holds this connection hears with its next answer that it is the last: closing it without a word would lose the
  // request that is on its way at that moment.
  if (isDraining) response.setHeader('connection', 'close');
  const [status, body] = await answer(request).catch((error) => {
    log('error', error.message);
    return [500, { error: 'internal' }];
  });
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});
server.keepAliveTimeout = 65_000;
server.headersTimeout = 10_000;
server.requestTimeout = 30_000;

async function answer(request) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const route = routes[`${request.method} ${pathname}`];
  return route ? route(request) : [404, { error: 'not found' }];
}

async function read(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

/**
 * Opens all connections before the first request, so that a full database is found out by the readiness of a new pod and not by
 * its clients. One after the other: each is a new process on the server.
 */
async function openPool() {
  const clients = [];
  while (clients.length < Number(POOL_SIZE)) clients.push(await pool.connect());
  for (const client of clients) client.release();
  isOpen = true;
}

/** Serves what still comes, and ends when nothing has come for a second, or when the drain is over. */
async function drain(signal) {
  if (isDraining) return;
  isDraining = true;
  log('info', `${signal}: draining`);
  const end = Date.now() + Number(SHUTDOWN_MS);
  for (let quiet = 0; quiet < 10 && Date.now() < end; quiet = inFlight === 0 ? quiet + 1 : 0) await wait(100);
  server.close();
  server.closeAllConnections();
  await pool.end();
  process.exit(0);
}

function log(level, message) {
  console.log(JSON.stringify({ level, message }));
}

process.on('SIGTERM', drain);
process.on('SIGINT', drain);

server.listen(Number(PORT), () => log('info', `listening on ${PORT}`));
openPool().catch((error) => {
  log('error', `no pool: ${error.message} (${error.code})`);
  process.exit(1);
});
