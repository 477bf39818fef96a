import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { RateLimitVerdict } from "../../platform/rate-limiter.ts";
import type { View } from "./view.ts";

/** Headers of every answer: no cache on the way may hand one customer's answer to another. */
const UNCACHED = ["Cache-Control", "private, no-cache"];
const PRIVATE = [...UNCACHED, "Vary", "Authorization, Accept-Encoding"];
const BY_CLIENT = [...UNCACHED, "Vary", "Authorization, Accept-Encoding, User-Agent"];
const IMMUTABLE = ["Cache-Control", "private, max-age=31536000, immutable", "Vary", "Authorization"];

/** One request being answered. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** Set once the token is known and limited. */
  rateLimit: RateLimitVerdict | undefined;
}

function rateLimitHeaders({ rateLimit }: Exchange): string[] {
  if (rateLimit === undefined) return [];
  return [
    ...["X-RateLimit-Limit", String(rateLimit.limit), "X-RateLimit-Remaining", String(rateLimit.remaining)],
    ...["X-RateLimit-Reset", String(rateLimit.resetAt)],
  ];
}

/** Sends a body that Composer may revalidate, unless it has no date; 304 when it already holds exactly this one. */
export function sendView(exchange: Exchange, view: View): void {
  const { request, response } = exchange;
  const { lastModified } = view;
  const headers = [...PRIVATE, ...rateLimitHeaders(exchange)];
  if (lastModified !== undefined) headers.push("Last-Modified", lastModified);
  if (lastModified !== undefined && request.headers["if-modified-since"] === lastModified) {
    response.writeHead(304, headers);
    response.end();
    return;
  }
  const acceptsGzip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(request.headers["accept-encoding"] ?? "");
  if (acceptsGzip) headers.push("Content-Encoding", "gzip");
  const length = acceptsGzip ? view.gzipped.length : view.length;
  headers.push("Content-Type", "application/json", "Content-Length", String(length));
  response.writeHead(200, headers);
  if (request.method === "HEAD") response.end();
  else if (acceptsGzip) response.end(view.gzipped, "latin1");
  else void unpackInto(response, view);
}

const SLICE_CHARACTERS = 64 * 1024;

/**
 * For who does not read gzip, which no Composer is: unpacked in pieces outside of this thread, as fast as the client
 * reads, and no further than it stays. So it needs no more memory than two pieces, however large the document is.
 */
async function unpackInto(response: ServerResponse, { gzipped }: View): Promise<void> {
  try {
    await pipeline(Readable.from(slicesOf(gzipped)), createGunzip({ chunkSize: SLICE_CHARACTERS }), response);
  } catch {
    // The client left, and with its connection everything was taken down.
  }
}

function* slicesOf(gzipped: string): Generator<Buffer> {
  for (let start = 0; start < gzipped.length; start += SLICE_CHARACTERS) {
    yield Buffer.from(gzipped.slice(start, start + SLICE_CHARACTERS), "latin1");
  }
}

/**
 * Sends a small JSON body without a validator. The content type is exactly `application/json`: with a charset behind
 * it Composer 2.5 to 2.10 prints no `warning` (protocol §6).
 */
export function sendJson(exchange: Exchange, status: number, body: object, more: string[] = []): void {
  sendBytes(exchange, status, body, [...PRIVATE, ...rateLimitHeaders(exchange), ...more]);
}

function sendBytes({ request, response }: Exchange, status: number, body: object, headers: string[]): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, [
    ...headers,
    ...["Content-Type", "application/json", "Content-Length", String(bytes.length)],
  ]);
  response.end(request.method === "HEAD" ? undefined : bytes);
}

/** A refusal that speaks inside `composer`. */
export function sendWarning(exchange: Exchange, status: number, warning: string, more: string[] = []): void {
  sendJson(exchange, status, { warning }, more);
}

/** The same of a credential: its status depends on the client. */
export function sendRefusal(exchange: Exchange, status: 401 | 402, warning: string, more: string[] = []): void {
  sendBytes(exchange, status, { warning }, [...BY_CLIENT, ...more]);
}

/** Fast, and with nothing to print: Composer asks many repositories for many names. */
export function sendNotFound(exchange: Exchange): void {
  sendJson(exchange, 404, { status: "error", message: "not found" });
}

/** The head of an archive; the caller streams the bytes. */
export function writeArchiveHead(exchange: Exchange, archive: { sizeBytes: number; fileName: string }): void {
  exchange.response.writeHead(200, [
    ...IMMUTABLE,
    ...rateLimitHeaders(exchange),
    ...["Content-Type", "application/zip", "Content-Length", String(archive.sizeBytes)],
    ...["Content-Disposition", `attachment; filename="${archive.fileName}"`],
  ]);
}
