import { Agent, request } from "node:http";
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

const PATIENCE_MS = 30_000;

export interface Answer {
  /** 0 where there was none. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly ms: number;
  /** What went wrong, where there was no answer. */
  readonly problem?: string;
}

export interface Question {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: object;
}

/** Somebody with connections of their own, who asks one thing after another. */
export class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 6 });
  readonly #url: string;
  readonly #authorization: string;

  constructor(url: string, authorization: string) {
    this.#url = url;
    this.#authorization = authorization;
  }

  /** Never fails: what is no answer says so. */
  async ask(path: string, { method = "GET", headers = {}, body }: Question = {}): Promise<Answer> {
    const startedAt = performance.now();
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const failed = (error: Error) =>
      resolve({ status: 0, headers: {}, text: "", ms: performance.now() - startedAt, problem: error.message });
    const options = {
      method,
      agent: this.#agent,
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: {
        authorization: this.#authorization,
        ...(sent === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(sent) }),
        ...headers,
      },
    };
    const asking = request(this.#url + path, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", failed);
      response.once("end", () => {
        const { statusCode: status = 0 } = response;
        const text = Buffer.concat(chunks).toString("latin1");
        resolve({ status, headers: response.headers, text, ms: performance.now() - startedAt });
      });
    });
    asking.once("error", failed);
    asking.end(sent);
    return await promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}
