import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Aborted when the client has gone before its answer was whole. One that says it will not ask any more (a closed
 * sending half) may be waiting for its answer, but not for one that is of use only to somebody who watches: a browser
 * that leaves looks exactly like that, and nothing else would tell until a write fails.
 */
export function whenClientLeaves(request: IncomingMessage, response: ServerResponse): AbortSignal {
  const left = new AbortController();
  const { socket } = request;
  const leave = () => left.abort();
  socket.once("end", leave);
  // Of a request that was sent ahead of earlier answers, the response has no connection yet and hears nothing.
  socket.once("close", leave);
  response.once("close", () => {
    socket.off("end", leave);
    socket.off("close", leave);
    if (!response.writableFinished) leave();
  });
  if (socket.readableEnded || socket.destroyed) leave();
  return left.signal;
}
