import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { pinnedTo } from "./pinned-lookup.ts";

export interface OpenRequest {
  readonly url: string;
  readonly method: "GET" | "POST";
  /** The checked addresses of its host: nothing else is connected to, whatever DNS says by now. */
  readonly addresses: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** So long nothing may come, before the answer and within it. */
  readonly idleTimeoutMs: number;
  /** Ends everything, the body as well. */
  readonly signal: AbortSignal;
}

export interface OpenAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As it comes. It throws when the connection ends before the body does. */
  readonly body: AsyncIterable<Buffer>;
  /** Whoever does not read the body to its end closes the answer. */
  close(): void;
}

/** Nothing came for too long. */
export class IdleTimeoutError extends Error {
  override readonly name = "IdleTimeoutError";
}

/**
 * Sends a request to an address that was checked before and answers with the head and the open body. No redirect is
 * followed. Throws {@link IdleTimeoutError}, the signal's reason, and Node's errors of sockets and TLS.
 */
export async function openAnswer(options: OpenRequest): Promise<OpenAnswer> {
  const { signal, idleTimeoutMs } = options;
  // Imported only now, as in redirect.ts: it costs a tenth of a command's start.
  const { request } = await (new URL(options.url).protocol === "https:" ? import("node:https") : import("node:http"));
  signal.throwIfAborted();
  const body = options.body === undefined ? undefined : Buffer.from(options.body);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = request(options.url, {
    method: options.method,
    agent: false,
    signal,
    timeout: idleTimeoutMs,
    lookup: pinnedTo(options.addresses),
    headers: { ...options.headers, ...(body === undefined ? {} : { "content-length": body.length }) },
  });
  let begun: IncomingMessage | undefined;
  outgoing.on("timeout", () => {
    // After the answer has begun, its body tells of it.
    (begun ?? outgoing).destroy(new IdleTimeoutError(`nothing came for ${idleTimeoutMs / 1000} seconds`));
  });
  outgoing.on("response", (response) => {
    begun = response;
    resolve(response);
  });
  outgoing.on("error", reject);
  outgoing.on("close", () => reject(new Error("the connection was closed without an answer")));
  outgoing.end(body);
  const response = await promise;
  // Unheard, it would end the process when nobody reads the body.
  response.on("error", () => undefined);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: response as AsyncIterable<Buffer>,
    close: () => void outgoing.destroy(),
  };
}
