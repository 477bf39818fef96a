import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

/** A request that the stub was sent. */
interface StubRequest {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
}

/** What the stub answers: a value becomes JSON, a Buffer goes out as it is. */
interface StubAnswer {
  readonly status?: number;
  readonly body: unknown;
}

/** Answers by method and path: `"POST /api/tokens"`; without one it is 404. */
export type StubAnswers = Readonly<Record<string, StubAnswer>>;

/** Stands where PACKAGE.broker will stand, so that what surrounds it can be tested alone. Only for these tests. */
export interface StubBroker extends AsyncDisposable {
  readonly url: string;
  readonly requests: StubRequest[];
}

/** Starts a stub on a free loopback port; `answers` may use the URL it got. */
export async function startStubBroker(answers: (url: string) => StubAnswers): Promise<StubBroker> {
  const requests: StubRequest[] = [];
  let table: StubAnswers = {};
  const server = createServer((request, response) => {
    void (async () => {
      const { method = "GET", url = "/", headers } = request;
      const { authorization, "content-type": contentType } = headers;
      requests.push({ method, url, authorization, contentType, body: await text(request) });
      const answer = table[`${method} ${url}`] ?? { status: 404, body: {} };
      const isFile = Buffer.isBuffer(answer.body);
      response.writeHead(answer.status ?? 200, { "Content-Type": isFile ? "application/zip" : "application/json" });
      response.end(isFile ? answer.body : JSON.stringify(answer.body));
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The stub has no port.");
  const url = `http://127.0.0.1:${address.port}`;
  table = answers(url);
  return {
    url,
    requests,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
