import { expect } from "vitest";
import { SCOPES } from "../modules/callers/index.ts";
import type { TestEngine } from "./database.ts";
import { startSmtpSink } from "./smtp-sink.ts";
import type { SmtpSink, SmtpSinkOptions } from "./smtp-sink.ts";
import { startTestServer } from "./test-server.ts";
import type { TestServer } from "./test-server.ts";

/** A server that mails its customers, and the mail server that takes the mails. */
export interface MailPlace extends AsyncDisposable {
  sink: SmtpSink;
  server: TestServer;
  shop: string;
  call: (method: string, path: string, body?: object) => Promise<unknown>;
  run: () => Promise<void>;
  /** To whom, with which subject, since this was asked last. */
  mailed: () => string[];
  /** Kind, state and address, newest first. */
  log: () => Promise<string[]>;
}

/** Mails go out when it is said, not by a timer. */
export async function openMailPlace(engine: TestEngine, options: SmtpSinkOptions = {}): Promise<MailPlace> {
  const sink = await startSmtpSink(options);
  const server = await startTestServer(engine, { SMTP_URL: sink.url, MAIL_FROM: "Acme <broker@acme.example>" });
  server.application.mails.pause();
  const shop = await server.createManagementToken({ scopes: [...SCOPES], notify: true });
  let seen = 0;
  const call = async (method: string, path: string, body?: object) => {
    const answer = await server.api(method, path, shop, body);
    expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300);
    return answer.text === "" ? undefined : answer.json();
  };
  return {
    sink,
    server,
    shop,
    call,
    run: () => server.application.mails.runDue(),
    mailed: () =>
      sink.mails.slice(seen, (seen = sink.mails.length)).map(({ to, subject }) => `${to.join()} ${subject}`),
    async log() {
      const mails = (await call("GET", "/api/mails")) as { kind: string; state: string; to: string }[];
      return mails.map(({ kind, state, to }) => `${kind} ${state} ${to}`);
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await sink[Symbol.asyncDispose]();
    },
  };
}
