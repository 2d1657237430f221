// How a server stops without losing a request.
//
// `server.close()` alone loses some: it cuts idle connections on which a request may be under way, and answers that are
// being made still say keep-alive, so their connections take further requests of which nobody waits for the end.
import { Server } from "node:net";

// For requests that were sent before their sender knew; a proxy in front uses most of its connections within this time.
const LINGER_MS = 500;
const SWEEP_MS = 50;

/// Drains on the first SIGINT (PM2) or SIGTERM (everyone else). `state.draining` is for whoever reports readiness.
export function drain(server, { within, sockets, closed }) {
  const state = { draining: false };
  const answering = new Set();
  const last = (response) => {
    if (!response.headersSent) response.setHeader("Connection", "close");
  };
  server.prependListener("request", (_request, response) => {
    answering.add(response);
    response.once("close", () => answering.delete(response));
    if (state.draining) last(response);
  });

  const stop = (signal) => {
    if (state.draining) return;
    state.draining = true;
    console.log(JSON.stringify({ level: "info", message: "draining", signal, answering: answering.size }));
    setTimeout(() => {
      console.error(JSON.stringify({ level: "error", message: "not drained in time", answering: answering.size }));
      process.exit(1);
    }, within).unref();

    for (const response of answering) last(response);
    sockets.close();
    // What http adds to this is cutting idle connections at once.
    Server.prototype.close.call(server, async () => {
      await closed();
      process.exit(0);
    });
    // Afterwards every answer has said that it was the last, and who still has a connection is not using it.
    setTimeout(() => setInterval(() => server.closeIdleConnections(), SWEEP_MS), LINGER_MS);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return state;
}
