// The API. What makes a release of it harmless is in drain.js.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";

import { drain } from "./drain.js";
import { answer } from "./routes.js";
import { open } from "./stores.js";
import { WebSockets } from "./websocket.js";

const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
const stores = await open(process.env);
const server = createServer();
// nginx keeps connections for 55s: whoever closes first must not be this side.
server.keepAliveTimeout = 60_000;

const sockets = new WebSockets(server, { path: "/api/live", stores, greeting: { release: version, pid: process.pid } });
const state = drain(server, {
  // The longest request takes 25s; PM2 waits for 32s, systemd too.
  within: 30_000,
  sockets,
  closed: () => stores.close(),
});
server.on("request", (request, response) => answer(request, response, { version, stores, state }));

const port = Number(process.env.API_PORT);
server.listen(port, "127.0.0.1", () => {
  console.log(JSON.stringify({ level: "info", message: "listening", port, release: version }));
  // PM2 ends the process of before when this one can serve. Elsewhere nobody waits for it.
  process.send?.("ready");
});
