import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Clients wait for an answer before they ask again on the connection; the few that do not send a handful ahead. */
const AHEAD_MAX = 100;

const ahead = new WeakMap<Socket, number>();

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Gives the requests of one connection turns: one that was sent ahead of an earlier answer is begun when that answer is
 * through, and after whatever others sent meanwhile. Node hands over all that arrived in a packet at once: fifty would
 * be worked through before anybody else is looked at.
 *
 * A connection that asks too much ahead is ended. Each waiting request is kept in memory, and Node reads on however
 * many there are: one connection could fill the machine's.
 */
export function inTurns(listener: Listener): Listener {
  return (request, response) => {
    // It has the connection to itself, as nearly always.
    if (response.socket !== null) {
      listener(request, response);
      return;
    }
    const { socket } = request;
    const waiting = (ahead.get(socket) ?? 0) + 1;
    if (socket.destroyed || waiting > AHEAD_MAX) {
      socket.destroy();
      return;
    }
    ahead.set(socket, waiting);
    response.once("socket", () => {
      ahead.set(socket, (ahead.get(socket) ?? 1) - 1);
      setImmediate(() => {
        // Nobody is left to be answered, and nothing of it was begun.
        if (!socket.destroyed) listener(request, response);
      });
    });
  };
}
