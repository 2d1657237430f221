// PostgreSQL and Redis, or a directory in their place.
import { mkdir, readFile, writeFile, rename } from "node:fs/promises";
import { join } from "node:path";

/// PLATFORM_WITHOUT_STORES=DIRECTORY: neither PostgreSQL nor Redis is there, and sessions are files that all processes of
/// this machine see. Messages reach only clients of the same process then. Nothing for production.
export async function open(environment) {
  const directory = environment.PLATFORM_WITHOUT_STORES;
  return directory ? inDirectory(directory) : real(environment);
}

async function real({ DATABASE_URL, REDIS_URL }) {
  const { default: pg } = await import("pg");
  const { createClient } = await import("redis");
  const database = new pg.Pool({
    connectionString: DATABASE_URL,
    // As the spec says: `pool 10; acquire_timeout 2s; statement_timeout 10s`.
    max: 10,
    connectionTimeoutMillis: 2000,
    statement_timeout: 10_000,
  });
  const redis = await createClient({ url: REDIS_URL }).connect();
  const listener = await redis.duplicate().connect();
  return {
    ready: async () => (await database.query("SELECT 1")).rowCount === 1 && (await redis.ping()) === "PONG",
    save: (id, session) => redis.set(`session:${id}`, JSON.stringify(session), { EX: 86_400 }),
    load: async (id) => JSON.parse(await redis.get(`session:${id}`)),
    publish: (message) => redis.publish("live", message),
    subscribe: (heard) => listener.subscribe("live", heard),
    close: () => Promise.all([database.end(), redis.close(), listener.close()]),
  };
}

async function inDirectory(directory) {
  const sessions = join(directory, "sessions");
  await mkdir(sessions, { recursive: true });
  const heard = [];
  return {
    ready: async () => true,
    // By rename: another process never reads half of it.
    save: async (id, session) => {
      await writeFile(join(sessions, `.${id}`), JSON.stringify(session));
      await rename(join(sessions, `.${id}`), join(sessions, id));
    },
    load: (id) => readFile(join(sessions, id), "utf8").then(JSON.parse, () => undefined),
    publish: (message) => heard.forEach((hear) => hear(message)),
    subscribe: (hear) => heard.push(hear),
    close: async () => {},
  };
}
