import { createTransport } from "nodemailer";
import type { Logger } from "../log/logger.ts";
import type { MailSender, SmtpServer } from "./mail-settings.ts";
import { failedHandOver } from "./hand-over.ts";
import type { HandOver } from "./hand-over.ts";
import { messageProblem } from "./message.ts";
import type { Message } from "./message.ts";

const CONNECT_TIMEOUT_MS = 10_000;
const WHOLE_TIMEOUT_MS = 30_000;
/** Mails under way at once. More means that the mail server hangs; what comes then is dropped, with an error in the log. */
const UNDER_WAY_MAX = 100;
/** Besides them: what anybody may ask for must not use up the room of everything else. */
const LATER_UNDER_WAY_MAX = 50;
/** Messages that are being made; most of them will turn out to be none. */
const PREPARING_MAX = 200;

/** Room for one mail. Given back when it is disposed of without a message. */
export interface MailSlot extends Disposable {
  send(message: Message): void;
}

/** Sends mail, in the background and after the change it tells of was committed; never inside a transaction. */
export interface Mail {
  /** Whether there is a mail server to hand anything to. */
  readonly canSend: boolean;
  /** Whom mails are from; undefined where none is sent. */
  readonly from: MailSender | undefined;
  /**
   * Hands a message over and returns at once. It never fails: what goes wrong is in the log, without the message, for
   * a mail may hold a secret. Without a mail server nothing happens.
   */
  send(message: Message): void;
  /** For who must say beforehand whether a mail will go out; undefined where none would. */
  reserve(): MailSlot | undefined;
  /**
   * The same for a message that is still to be made, which may take its time; undefined sends nothing. With a limit of
   * its own, so that requests of strangers keep nobody's mail from going out.
   */
  sendLater(prepare: () => Promise<Message | undefined>): void;
  /**
   * Hands a message over and waits for the mail server's answer, which is returned in words; never fails. `messageId`
   * without angle brackets: the same for every attempt, so that a mail system can tell that it has it already. Whoever
   * calls bounds how many are under way. `signal` cuts it off.
   */
  handOver(message: Message, options?: { messageId?: string; signal?: AbortSignal }): Promise<HandOver>;
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

const NO_SERVER = "This server has no mail server: set SMTP_URL and MAIL_FROM.";
const nothing = () => undefined;
const SILENT: Mail = {
  ...{ canSend: false, from: undefined, send: nothing, reserve: nothing, sendLater: nothing },
  handOver: () => Promise.resolve({ taken: false, isFinal: false, words: NO_SERVER }),
  stop: () => Promise.resolve(),
};

export function createMail({ server, from, logger, wholeTimeoutMs = WHOLE_TIMEOUT_MS }: MailOptions): Mail {
  if (server === undefined || from === undefined) return SILENT;
  const stopping = new AbortController();
  const handOver = createHandOver({ server, from, wholeTimeoutMs, stopping: stopping.signal });
  const deliver = async (message: Message): Promise<void> => {
    const outcome = await handOver(message);
    if (outcome.taken) logger.info("a mail was handed to the mail server");
    else logger.error({ ...outcome.facts, problem: outcome.words }, "a mail could not be sent");
  };
  const running = new Set<Promise<void>>();
  const run = (work: Promise<void>) => {
    const done = work.finally(() => running.delete(done));
    running.add(done);
  };
  const ordinary = createRoom(UNDER_WAY_MAX, stopping.signal);
  const later = createRoom(LATER_UNDER_WAY_MAX, stopping.signal);
  const preparing = createRoom(PREPARING_MAX, stopping.signal);
  const drop = () => logger.error({ reason: "too many wait, or the server stops" }, "a mail could not be sent");
  const deliverIn = async (place: Place | undefined, message: Message) => {
    if (place === undefined) drop();
    else await deliver(message).finally(place.leave);
  };
  const prepareAndDeliver = async (place: Place, prepare: () => Promise<Message | undefined>) => {
    let message: Message | undefined;
    try {
      message = await prepare();
    } catch (error) {
      logger.error({ err: error }, "a mail could not be prepared");
    } finally {
      place.leave();
    }
    if (message !== undefined) await deliverIn(later.enter(), message);
  };
  return {
    ...{ canSend: true, from, handOver },
    send: (message) => run(deliverIn(ordinary.enter(), message)),
    reserve() {
      const place = ordinary.enter();
      if (place === undefined) return undefined;
      let isTaken = false;
      const send = (message: Message) => {
        isTaken = true;
        run(deliverIn(place, message));
      };
      return { send, [Symbol.dispose]: () => (isTaken ? undefined : place.leave()) };
    },
    sendLater(prepare) {
      const place = preparing.enter();
      if (place === undefined) drop();
      else run(prepareAndDeliver(place, prepare));
    },
    async stop(graceMs) {
      const cutOff = setTimeout(() => stopping.abort(), graceMs);
      await Promise.all(running);
      clearTimeout(cutOff);
      stopping.abort();
    },
  };
}

interface Place {
  leave: () => void;
}

/** So many places; none is given away once the server stops. */
function createRoom(size: number, stopping: AbortSignal): { enter: () => Place | undefined } {
  let taken = 0;
  return {
    enter() {
      if (taken >= size || stopping.aborted) return undefined;
      taken++;
      return {
        leave: () => {
          taken--;
        },
      };
    },
  };
}

interface HandOverOptions extends Required<Pick<MailOptions, "wholeTimeoutMs">> {
  server: SmtpServer;
  from: MailSender;
  stopping: AbortSignal;
}

/** Hands one message to the mail server; never fails. */
function createHandOver({ server, from, wholeTimeoutMs, stopping }: HandOverOptions) {
  const transport = createTransport(transportOptions(server));
  return async (
    message: Message,
    { messageId, signal }: { messageId?: string; signal?: AbortSignal } = {},
  ): Promise<HandOver & { facts?: Record<string, string | number> }> => {
    const problem = messageProblem(message);
    if (problem !== undefined) return { taken: false, isFinal: true, words: `It cannot be sent: ${problem}.` };
    const cutOff = [stopping, AbortSignal.timeout(wholeTimeoutMs), ...(signal === undefined ? [] : [signal])];
    try {
      await transport.sendMail({
        ...{ from, to: { name: "", address: message.to }, subject: message.subject },
        ...{ text: message.text, html: message.html },
        ...(messageId === undefined ? {} : { messageId: `<${messageId}>` }),
        headers: { "Auto-Submitted": "auto-generated" },
        signal: AbortSignal.any(cutOff),
      });
      return { taken: true };
    } catch (error) {
      return { ...failedHandOver(error), facts: factsOf(error) };
    }
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

/** For the log: codes and the stage it failed at. Not the server's own words: they may repeat the address, or what was sent. */
function factsOf(error: unknown): Record<string, string | number> {
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
