// WebSocket without a library: text frames of a client go to all clients of all processes. RFC 6455.
import { createHash } from "node:crypto";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const [TEXT, CLOSE, PING, PONG] = [1, 8, 9, 10];
const GOING_AWAY = 1001;
const FRAME_MAX = 64 * 1024;
// nginx cuts a connection on which nothing comes for 60s.
const PING_MS = 25_000;

export class WebSockets {
  #clients = new Set();

  constructor(server, { path, stores, greeting }) {
    server.on("upgrade", (request, socket) => {
      const key = request.headers["sec-websocket-key"];
      if (request.url.split("?")[0] !== path || !key) {
        return socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      }
      const accept = createHash("sha1").update(key + GUID).digest("base64");
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
          `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      this.#serve(socket, stores);
      socket.write(frame(TEXT, JSON.stringify(greeting)));
    });
    stores.subscribe((message) => this.#clients.forEach((socket) => socket.write(frame(TEXT, message))));
    setInterval(() => this.#clients.forEach((socket) => socket.write(frame(PING, ""))), PING_MS).unref();
  }

  #serve(socket, stores) {
    this.#clients.add(socket);
    socket.setNoDelay(true);
    let rest = Buffer.alloc(0);
    socket.on("data", (data) => {
      rest = Buffer.concat([rest, data]);
      for (let next = read(rest); next; next = read(rest)) {
        rest = rest.subarray(next.length);
        if (next.kind === TEXT) stores.publish(next.text.toString());
        if (next.kind === PING) socket.write(frame(PONG, next.text));
        if (next.kind === CLOSE) socket.end(frame(CLOSE, next.text.subarray(0, 2)));
      }
      if (rest.length > FRAME_MAX) socket.destroy();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#clients.delete(socket));
  }

  // Clients connect again, to a process that stays. `server.close()` would wait for them for ever.
  close() {
    for (const socket of this.#clients) {
      const code = Buffer.alloc(2);
      code.writeUInt16BE(GOING_AWAY);
      socket.end(frame(CLOSE, code));
      setTimeout(() => socket.destroy(), 1000).unref();
    }
  }
}

function frame(kind, content) {
  const text = Buffer.from(content);
  const head = text.length < 126 ? Buffer.from([0x80 | kind, text.length]) : Buffer.alloc(4);
  if (text.length >= 126) {
    head[0] = 0x80 | kind;
    head[1] = 126;
    head.writeUInt16BE(text.length, 2);
  }
  return Buffer.concat([head, text]);
}

// The first frame, which a client has masked; nothing while it is not whole.
function read(buffer) {
  if (buffer.length < 2) return;
  const short = buffer[1] & 0x7f;
  const start = short < 126 ? 2 : 4;
  if (short === 127 || buffer.length < start) return;
  const size = short < 126 ? short : buffer.readUInt16BE(2);
  const length = start + 4 + size;
  if (buffer.length < length) return;
  const mask = buffer.subarray(start, start + 4);
  const text = Buffer.from(buffer.subarray(start + 4, length)).map((byte, index) => byte ^ mask[index % 4]);
  return { kind: buffer[0] & 0x0f, text, length };
}
