import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Clients wait for an answer before they ask again on the connection; the few that do not send a handful ahead. */
const AHEAD_MAX = 100;

const ahead = new WeakMap<Socket, number>();

/**
 * False when a connection asked for so much ahead of its answers that it was ended. Each waiting request is kept in
 * memory, and Node reads on however many there are: one connection could fill the machine's.
 */
export function isWithinPipeline(request: IncomingMessage, response: ServerResponse): boolean {
  // It has the connection to itself, as nearly always.
  if (response.socket !== null) return true;
  const { socket } = request;
  const waiting = (ahead.get(socket) ?? 0) + 1;
  if (socket.destroyed || waiting > AHEAD_MAX) {
    socket.destroy();
    return false;
  }
  ahead.set(socket, waiting);
  response.once("socket", () => ahead.set(socket, (ahead.get(socket) ?? 1) - 1));
  return true;
}
