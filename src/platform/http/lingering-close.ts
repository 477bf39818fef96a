import type { IncomingMessage, ServerResponse } from "node:http";

/** How long we go on swallowing a body that nobody wanted. */
const LINGER_MS = 5_000;

/**
 * A request that is refused before its body was read, and whose connection ends with it (a 413 does, and whatever the
 * client asked with `Connection: close`). Node closes such a connection at once; with bytes of the body still unread
 * the system resets it, and the client that is busy sending gets "connection reset" for the answer. The rest is
 * swallowed instead, for a while, and the connection ends when the client has heard.
 */
export function lingerOverUnreadBody(request: IncomingMessage, response: ServerResponse): void {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  if (length === undefined && encoding === undefined) return;
  // Before Node's own listener, which closes the connection.
  response.prependOnceListener("finish", () => {
    if (request.complete) return;
    const { socket } = request;
    socket.destroySoon = () => {
      const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
      socket.once("close", () => clearTimeout(timer));
      request.once("end", () => socket.destroy());
      socket.end();
      request.resume();
    };
  });
}
