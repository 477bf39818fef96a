import { STATUS_CODES } from "node:http";
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { problemType } from "./problem-schema.ts";

/** How long we go on swallowing what a client sends after it was refused, so that it reads why. */
const LINGER_MS = 1_000;

const STATUS_BY_CODE: Record<string, { status: number; detail: string }> = {
  HPE_HEADER_OVERFLOW: { status: 431, detail: "The headers are larger than 16 kB." },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: "The request took too long to arrive." },
};

/** Connections that will be told, as soon as the answers before are through. */
const waiting = new WeakSet<Socket>();

/**
 * Answers what is not even HTTP. Closing at once, with bytes of the client still unread, would reset the connection and
 * throw the answer away with it.
 */
export function answerUnreadableRequest(error: Error & { code?: string }, socket: Socket): void {
  // Each further piece of the same request is an error again; the first one was answered.
  if (error.code === "ECONNRESET" || socket.destroyed || socket.writableEnded || waiting.has(socket)) return;
  const earlier = earlierAnswer(socket);
  if (earlier === undefined) {
    refuse(error, socket);
    return;
  }
  // Written now, it would be taken for the answer to an earlier request, or for bytes in the middle of its archive.
  waiting.add(socket);
  earlier.once("close", () => {
    waiting.delete(socket);
    setImmediate(answerUnreadableRequest, error, socket);
  });
}

/** The answer under way on a connection, when it is to a whole request: what cannot be read came after that. */
function earlierAnswer(socket: Socket & { _httpMessage?: ServerResponse | null }): ServerResponse | undefined {
  // Node's own name for it, in every version; its documentation leaves no other way to ask.
  const { _httpMessage: response } = socket;
  return response?.req.complete === true ? response : undefined;
}

function refuse(error: Error & { code?: string }, socket: Socket): void {
  const known = STATUS_BY_CODE[error.code ?? ""] ?? { status: 400, detail: "The request is not readable as HTTP." };
  const title = STATUS_CODES[known.status] ?? "Error";
  const body = JSON.stringify({
    ...{
      type: problemType("request.malformed"),
      title,
      status: known.status,
      code: "request.malformed",
      detail: known.detail,
    },
  });
  const head = [
    `HTTP/1.1 ${known.status} ${title}`,
    "Content-Type: application/problem+json",
    "Cache-Control: no-store",
    "Connection: close",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  // After the headers of an answer to HEAD, a client takes a body for the beginning of the next answer.
  const read = "rawPacket" in error && Buffer.isBuffer(error.rawPacket) ? error.rawPacket : undefined;
  const isHead = read?.subarray(0, 5).toString("latin1") === "HEAD ";
  socket.end(`${head.join("\r\n")}\r\n\r\n${isHead ? "" : body}`);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once("close", () => clearTimeout(timer));
}
