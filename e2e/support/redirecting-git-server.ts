import { createServer } from "node:http";
import { PRIVATE_ADDRESS } from "./network-namespace.ts";

// A program of its own, to run inside a network namespace: sends whoever asks for a repository elsewhere.
const elsewhere = `http://${PRIVATE_ADDRESS}`;
const id = "1".repeat(40);
const server = createServer((request, response) => {
  const [, kind, ...rest] = (request.url ?? "").split("/");
  const wanted = rest.join("/");
  if (kind?.startsWith("redirect") === true) {
    const status = Number(kind.slice("redirect".length, "redirect".length + 3));
    response.writeHead(status, { location: `${elsewhere}/${wanted}` }).end();
  } else if (wanted.startsWith("core.git/info/refs")) {
    // The protocol of old, in which the client walks the objects, and the server may name other servers for them.
    response.writeHead(200, { "content-type": "text/plain" }).end(`${id}\trefs/heads/main\n`);
  } else if (wanted === "core.git/HEAD") {
    response.end("ref: refs/heads/main\n");
  } else if (wanted.endsWith("alternates")) {
    response.end(`${elsewhere}/objects\n`);
  } else {
    response.writeHead(404).end();
  }
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address !== "string") process.stdout.write(`${address.port}\n`);
});
