import { STATUS_CODES } from "node:http";
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { newId } from "../crypto/ids.ts";
import type { Logger } from "../log/logger.ts";
import { problemType } from "./problem-schema.ts";

/** How long we go on swallowing what a client sends after it was refused, so that it reads why. */
const LINGER_MS = 1_000;

interface Reason {
  status: number;
  detail: string;
}

const NOT_ENCODED: Reason = {
  status: 400,
  detail:
    "A character in the address must be percent-encoded: a blank as %20, a letter outside of ASCII as its UTF-8 (ü is %C3%BC). Encode each id by itself: rawurlencode() in PHP, encodeURIComponent() in JavaScript.",
};

/** By the code of Node's parser, which says no more than that about an address. */
const REASONS: Record<string, Reason> = {
  HPE_HEADER_OVERFLOW: { status: 431, detail: "The headers are larger than 16 kB." },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: "The request took too long to arrive." },
  HPE_INVALID_URL: NOT_ENCODED,
};

/** What Node says of a request that it could not parse. */
type ParseError = Error & { code?: string; reason?: string; rawPacket?: unknown };

function reasonOf({ code, reason }: ParseError): Reason {
  // After a blank the parser takes the rest of the address for the version.
  if (code === "HPE_INVALID_CONSTANT" && reason?.startsWith("Expected HTTP/") === true) return NOT_ENCODED;
  return REASONS[code ?? ""] ?? { status: 400, detail: "The request is not readable as HTTP." };
}

/** Connections that will be told, as soon as the answers before are through. */
const waiting = new WeakSet<Socket>();

/** Answers what is not even HTTP, with an id and a line in the log, as every refusal has them. */
export function createUnreadableRequests(
  logger: Logger,
  strictTransport: string | undefined,
): (error: ParseError, socket: Socket) => void {
  const more = strictTransport === undefined ? [] : [`Strict-Transport-Security: ${strictTransport}`];
  const answer = (error: ParseError, socket: Socket) =>
    answerUnreadableRequest({ logger, more }, error, socket, answer);
  return answer;
}

/**
 * Closing at once, with bytes of the client still unread, would reset the connection and throw the answer away with it.
 */
function answerUnreadableRequest(
  deps: { logger: Logger; more: readonly string[] },
  error: ParseError,
  socket: Socket,
  again: (error: ParseError, socket: Socket) => void,
): void {
  // Each further piece of the same request is an error again; the first one was answered.
  if (error.code === "ECONNRESET" || socket.destroyed || socket.writableEnded || waiting.has(socket)) return;
  const earlier = earlierAnswer(socket);
  if (earlier === undefined) {
    refuse(deps, error, socket);
    return;
  }
  // Written now, it would be taken for the answer to an earlier request, or for bytes in the middle of its archive.
  waiting.add(socket);
  earlier.once("close", () => {
    waiting.delete(socket);
    setImmediate(again, error, socket);
  });
}

/** The answer under way on a connection, when it is to a whole request: what cannot be read came after that. */
function earlierAnswer(socket: Socket & { _httpMessage?: ServerResponse | null }): ServerResponse | undefined {
  // Node's own name for it, in every version; its documentation leaves no other way to ask.
  const { _httpMessage: response } = socket;
  return response?.req.complete === true ? response : undefined;
}

function refuse(
  { logger, more }: { logger: Logger; more: readonly string[] },
  error: ParseError,
  socket: Socket,
): void {
  const { status, detail } = reasonOf(error);
  const title = STATUS_CODES[status] ?? "Error";
  const code = "request.malformed";
  const requestId = newId("req");
  log(logger, socket, { request_id: requestId, code, status, reason: detail, parser: error.code });
  const body = JSON.stringify({ type: problemType(code), title, status, code, detail, request_id: requestId });
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    "Content-Type: application/problem+json",
    "Cache-Control: no-store",
    "X-Content-Type-Options: nosniff",
    `X-Request-Id: ${requestId}`,
    ...more,
    "Connection: close",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  // After the headers of an answer to HEAD, a client takes a body for the beginning of the next answer.
  const read = Buffer.isBuffer(error.rawPacket) ? error.rawPacket : undefined;
  const isHead = read?.subarray(0, 5).toString("latin1") === "HEAD ";
  socket.end(`${head.join("\r\n")}\r\n\r\n${isHead ? "" : body}`);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once("close", () => clearTimeout(timer));
}

/** What was sent is not in it: there may be a secret in what could not be read. */
function log(logger: Logger, socket: Socket, facts: object): void {
  // Browsers open connections that they may never use: nobody asked anything.
  if (socket.bytesRead === 0) logger.debug(facts, "connection ended");
  else logger.warn(facts, "request refused");
}
