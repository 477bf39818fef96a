import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedMessage {
  id: string;
  type: string;
  data: Record<string, unknown>;
  headers: IncomingHttpHeaders;
  /** The bytes that were signed. */
  body: string;
}

/** Somebody else's server, which keeps what it gets. */
export interface WebhookReceiver extends AsyncDisposable {
  url: string;
  received: ReceivedMessage[];
  /** What it does with the next messages; by default it answers 204. */
  behave(how: (response: ServerResponse, body: string) => void): void;
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: ReceivedMessage[] = [];
  const obey = (response: ServerResponse): void => {
    response.writeHead(204).end();
  };
  let how: (response: ServerResponse, body: string) => void = obey;
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const { type, data } = JSON.parse(body) as { type: string; data: Record<string, unknown> };
      received.push({ id: String(request.headers["webhook-id"]), type, data, headers: request.headers, body });
      how(response, body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    behave: (next) => void (how = next),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As the specification of Standard Webhooks says it, with nothing of ours: whether any signature fits the secret. */
export function isSignedBy(secret: string, { headers, body }: Pick<ReceivedMessage, "headers" | "body">): boolean {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
  const expected = createHmac("sha256", key).update(signed, "utf8").digest("base64");
  return String(headers["webhook-signature"]).split(" ").includes(`v1,${expected}`);
}
