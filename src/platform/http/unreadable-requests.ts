import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

/** How long we go on swallowing what a client sends after it was refused, so that it reads why. */
const LINGER_MS = 1_000;

const STATUS_BY_CODE: Record<string, { status: number; detail: string }> = {
  HPE_HEADER_OVERFLOW: { status: 431, detail: "The headers are larger than 16 kB." },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: "The request took too long to arrive." },
};

/**
 * Answers what is not even HTTP. Closing at once, with bytes of the client still unread, would reset the connection and
 * throw the answer away with it.
 */
export function answerUnreadableRequest(error: Error & { code?: string }, socket: Socket): void {
  // Each further piece of the same request is an error again; the first one was answered.
  if (error.code === "ECONNRESET" || socket.destroyed || socket.writableEnded) return;
  const known = STATUS_BY_CODE[error.code ?? ""] ?? { status: 400, detail: "The request is not readable as HTTP." };
  const title = STATUS_CODES[known.status] ?? "Error";
  const body = JSON.stringify({
    ...{ type: "about:blank", title, status: known.status, code: "request.malformed", detail: known.detail },
  });
  const head = [
    `HTTP/1.1 ${known.status} ${title}`,
    "Content-Type: application/problem+json",
    "Cache-Control: no-store",
    "Connection: close",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once("close", () => clearTimeout(timer));
}
