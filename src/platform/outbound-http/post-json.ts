import type { ClientRequest, IncomingMessage } from "node:http";
import { pinnedTo } from "./pinned-lookup.ts";

export interface PostJsonOptions {
  readonly url: string;
  /** The checked addresses of its host: nothing else is connected to, whatever DNS says by now. */
  readonly addresses: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, as the exact bytes that were signed. */
  readonly body: string;
  /** For everything together: connecting, TLS, sending, and the head of the answer. */
  readonly timeoutMs: number;
  /** So long the body is read, from the head of the answer on; what comes later is not waited for. */
  readonly bodyTimeoutMs: number;
  /** So much of the answer is read at most; the rest is not waited for. */
  readonly readMaxBytes: number;
  readonly signal?: AbortSignal;
}

export interface PostAnswer {
  readonly status: number;
  /** Of `Retry-After`, where it is a number of seconds. */
  readonly retryAfterSeconds: number | undefined;
  /** The beginning of the body, as far as it came in time. */
  readonly body: string;
}

/** Nobody answered in time. */
export class PostTimeoutError extends Error {
  override readonly name = "PostTimeoutError";
}

/**
 * Sends JSON to an address that was checked before, without following redirects. The status of an answer counts from
 * the moment its head is there: who answers 200 and never ends the body has answered, and is not waited for. Throws {@link PostTimeoutError}, and
 * Node's errors of sockets and TLS.
 */
export async function postJson(options: PostJsonOptions): Promise<PostAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<PostAnswer>();
  // Imported only now, as in redirect.ts: it costs a tenth of a command's start.
  const { request } = await (new URL(options.url).protocol === "https:" ? import("node:https") : import("node:http"));
  options.signal?.throwIfAborted();
  const body = Buffer.from(options.body);
  const outgoing = request(options.url, {
    method: "POST",
    agent: false,
    lookup: pinnedTo(options.addresses),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    headers: { ...options.headers, "content-type": "application/json", "content-length": body.length },
  });
  let answer: Answer | undefined;
  const inSeconds = options.timeoutMs / 1000;
  let timer = setTimeout(
    () => outgoing.destroy(new PostTimeoutError(`no answer within ${inSeconds} seconds`)),
    options.timeoutMs,
  );
  outgoing.on("response", (response) => {
    answer = readAnswer(outgoing, response, options.readMaxBytes);
    clearTimeout(timer);
    timer = setTimeout(() => outgoing.destroy(), options.bodyTimeoutMs);
  });
  outgoing.on("error", (error) => (answer === undefined ? reject(error) : resolve(answer.soFar())));
  outgoing.on("close", () => {
    if (answer === undefined) reject(new Error("the connection was closed without an answer"));
    else resolve(answer.soFar());
  });
  outgoing.end(body);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    outgoing.destroy();
  }
}

interface Answer {
  soFar(): PostAnswer;
}

function readAnswer(outgoing: ClientRequest, response: IncomingMessage, maxBytes: number): Answer {
  const chunks: Buffer[] = [];
  let length = 0;
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk.subarray(0, maxBytes - length));
    length += chunk.length;
    if (length >= maxBytes) outgoing.destroy();
  });
  // Told by the request's "close" as well; unheard it would end the process.
  response.on("error", () => undefined);
  const retryAfter = response.headers["retry-after"] ?? "";
  return {
    soFar: () => ({
      status: response.statusCode ?? 0,
      retryAfterSeconds: /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) : undefined,
      body: Buffer.concat(chunks).toString("utf8"),
    }),
  };
}
