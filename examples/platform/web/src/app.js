// {{version}}: shows messages, and connects again when a release ends the connection.
const WAIT_MAX_MS = 10_000;

function connect(attempt) {
  const socket = new WebSocket(`wss://${location.host}/api/live`);
  socket.onopen = () => (attempt = 0);
  socket.onmessage = ({ data }) => {
    const item = document.createElement("li");
    item.textContent = data;
    document.querySelector("#messages").append(item);
  };
  // At random times: all clients of a process lose their connection at once.
  socket.onclose = () => setTimeout(() => connect(attempt + 1), Math.random() * Math.min(WAIT_MAX_MS, 250 * 2 ** attempt));
}

connect(0);
