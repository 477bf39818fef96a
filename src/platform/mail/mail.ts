import { createTransport } from "nodemailer";
import type { Logger } from "../log/logger.ts";
import type { MailSender, SmtpServer } from "./mail-settings.ts";
import { messageProblem } from "./message.ts";
import type { Message } from "./message.ts";

const CONNECT_TIMEOUT_MS = 10_000;
const WHOLE_TIMEOUT_MS = 30_000;
/** Mails under way at once. More means that the mail server hangs; what comes then is dropped, with an error in the log. */
const UNDER_WAY_MAX = 100;

/** Sends mail, in the background and after the change it tells of was committed; never inside a transaction. */
export interface Mail {
  /** Whether there is a mail server to hand anything to. */
  readonly canSend: boolean;
  /**
   * Hands a message over and returns at once. It never fails: what goes wrong is in the log, without the message, for
   * a mail may hold a secret. Without a mail server nothing happens.
   */
  send(message: Message): void;
  /** The same for a message that is still to be made, which may take its time; undefined sends nothing. */
  sendLater(prepare: () => Promise<Message | undefined>): void;
  /** Waits for what is under way, for at most `graceMs`, then cuts it off. */
  stop(graceMs: number): Promise<void>;
}

export interface MailOptions {
  /** Undefined where no mail is sent. */
  server: SmtpServer | undefined;
  from: MailSender | undefined;
  logger: Pick<Logger, "info" | "error">;
  /** For tests, which cannot wait as long as a slow mail server may. */
  wholeTimeoutMs?: number;
}

export function createMail({ server, from, logger, wholeTimeoutMs = WHOLE_TIMEOUT_MS }: MailOptions): Mail {
  if (server === undefined || from === undefined) {
    const nothing = () => undefined;
    return { canSend: false, send: nothing, sendLater: nothing, stop: () => Promise.resolve() };
  }
  const transport = createTransport(transportOptions(server));
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();
  const deliver = async (message: Message) => {
    const problem = messageProblem(message);
    if (problem !== undefined) {
      logger.error({ reason: problem }, "a mail could not be sent");
      return;
    }
    try {
      await transport.sendMail({
        ...{ from, to: { name: "", address: message.to }, subject: message.subject },
        ...{ text: message.text, html: message.html },
        headers: { "Auto-Submitted": "auto-generated" },
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(wholeTimeoutMs)]),
      });
      logger.info("a mail was handed to the mail server");
    } catch (error) {
      logger.error(failureOf(error), "a mail could not be sent");
    }
  };
  const prepareAndDeliver = async (prepare: () => Promise<Message | undefined>) => {
    let message: Message | undefined;
    try {
      message = await prepare();
    } catch (error) {
      logger.error({ err: error }, "a mail could not be prepared");
    }
    if (message !== undefined) await deliver(message);
  };
  const start = (prepare: () => Promise<Message | undefined>) => {
    if (underWay.size >= UNDER_WAY_MAX || stopping.signal.aborted) {
      logger.error({ reason: "too many wait, or the server stops" }, "a mail could not be sent");
      return;
    }
    const delivery = prepareAndDeliver(prepare).finally(() => underWay.delete(delivery));
    underWay.add(delivery);
  };
  return {
    canSend: true,
    send: (message) => start(() => Promise.resolve(message)),
    sendLater: start,
    async stop(graceMs) {
      const cutOff = setTimeout(() => stopping.abort(), graceMs);
      await Promise.all(underWay);
      clearTimeout(cutOff);
      stopping.abort();
    },
  };
}

function transportOptions({ host, port, secure, credentials }: SmtpServer) {
  return {
    ...{ host, port, secure },
    ...(credentials === undefined ? {} : { auth: credentials }),
    // A password crosses no network in the clear.
    requireTLS: credentials !== undefined && !/^(127\.\d+\.\d+\.\d+|localhost|::1)$/.test(host),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    dnsTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: WHOLE_TIMEOUT_MS,
    socketCloseTimeout: 0,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Codes and the stage it failed at. Not the server's own words: they may repeat the address, or what was sent. */
function failureOf(error: unknown): Record<string, string | number> {
  const facts = error as { code?: unknown; command?: unknown; responseCode?: unknown; name?: unknown };
  const entries = Object.entries({
    ...{ code: facts.code, command: facts.command, response_code: facts.responseCode, reason: facts.name },
  });
  return Object.fromEntries(
    entries.flatMap(([name, value]) =>
      typeof value === "string" || typeof value === "number" ? [[name, value] as const] : [],
    ),
  );
}
