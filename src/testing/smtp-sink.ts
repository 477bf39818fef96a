import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

/** A mail as its reader sees it: decoded. */
export interface ReceivedMail {
  /** The envelope. */
  from: string;
  to: string[];
  subject: string;
  text: string;
  html: string;
  /** As it came over the wire. */
  raw: string;
}

/** A real SMTP server on loopback that keeps what it is given. */
export interface SmtpSink extends AsyncDisposable {
  /** For `SMTP_URL`. */
  url: string;
  /** So far. */
  mails: ReceivedMail[];
  /** All of them, as soon as there are this many; fails after ten seconds. */
  waitForMails(count: number): Promise<ReceivedMail[]>;
}

export interface SmtpSinkOptions {
  /** Then nobody sends without it. */
  credentials?: { user: string; pass: string };
  /** Instead of a free one: to come back where it was. */
  port?: number;
  /** For `STARTTLS`; where `implicit`, TLS from the first byte. */
  tls?: { key: string; cert: string; implicit?: boolean };
  /** The answer to the next recipient, or to the mail sent to them; undefined takes it. */
  refusal?: (to: string) => SmtpRefusal | undefined;
  /** Subjects of mails that are taken and not kept: of what a test is not about. */
  ignored?: RegExp;
  /** Waited for before a mail is taken. */
  beforeTaking?: () => Promise<void>;
}

/** What a mail server says no with, such as `550 5.1.1 no such user`. */
export interface SmtpRefusal {
  code: number;
  text: string;
  at?: "recipient" | "mail";
}

export async function startSmtpSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const { credentials, refusal, tls, beforeTaking } = options;
  const refusalAt = (stage: "recipient" | "mail", to: string) => {
    const given = refusal?.(to);
    if (given === undefined || (given.at ?? "recipient") !== stage) return undefined;
    return Object.assign(new Error(given.text), { responseCode: given.code });
  };
  const mails: ReceivedMail[] = [];
  const waiting = new Set<() => void>();
  const server = new SMTPServer({
    ...(tls === undefined ? { disabledCommands: ["STARTTLS"] } : { ...tls, secure: tls.implicit === true }),
    logger: false,
    allowInsecureAuth: true,
    authOptional: credentials === undefined,
    onAuth(auth, _session, callback) {
      const isRight = auth.username === credentials?.user && auth.password === credentials?.pass;
      callback(isRight ? null : new Error("wrong user name or password"), isRight ? { user: "known" } : undefined);
    },
    onRcptTo: ({ address }, _session, callback) => callback(refusalAt("recipient", address)),
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        const refused = refusalAt("mail", rcptTo[0]?.address ?? "");
        if (refused !== undefined) {
          callback(refused);
          return;
        }
        const from = mailFrom === false ? "" : mailFrom.address;
        const raw = Buffer.concat(chunks).toString("latin1");
        void Promise.resolve(beforeTaking?.()).then(() => {
          const mail = { from, to: rcptTo.map(({ address }) => address), ...readMail(raw), raw };
          if (options.ignored?.test(mail.subject) !== true) mails.push(mail);
          callback();
          for (const look of waiting) look();
        });
      });
    },
  });
  // A client that does not trust our certificate hangs up.
  server.on("error", () => undefined);
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  const login = credentials === undefined ? "" : `${encodeURIComponent(credentials.user)}:${credentials.pass}@`;
  return {
    url: `${tls?.implicit === true ? "smtps" : "smtp"}://${login}127.0.0.1:${port}`,
    mails,
    async waitForMails(count) {
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      const look = () => mails.length >= count && resolve(undefined);
      const tooLate = setTimeout(() => reject(new Error(`${mails.length} of ${count} mails arrived`)), 10_000);
      waiting.add(look);
      look();
      await promise.finally(() => {
        clearTimeout(tooLate);
        waiting.delete(look);
      });
      return mails;
    },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

function readMail(raw: string): Pick<ReceivedMail, "subject" | "text" | "html"> {
  const { headers, body } = readEntity(raw);
  const boundary = /boundary="?([^";]+)"?/.exec(headers["content-type"] ?? "")?.[1] ?? "";
  const parts = body.split(`--${boundary}`).map((part) => readEntity(part.replace(/^\r\n/, "")));
  const partOf = (type: string) => parts.find((part) => (part.headers["content-type"] ?? "").startsWith(type));
  return {
    subject: decodeWords(headers["subject"] ?? ""),
    text: decodeBody(partOf("text/plain")),
    html: decodeBody(partOf("text/html")),
  };
}

interface Entity {
  headers: Record<string, string>;
  body: string;
}

function readEntity(raw: string): Entity {
  const end = raw.indexOf("\r\n\r\n");
  const lines = raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { headers: Object.fromEntries(headers), body: raw.slice(end + 4) };
}

function decodeBody(entity: Entity | undefined): string {
  if (entity === undefined) return "";
  const encoding = entity.headers["content-transfer-encoding"];
  const bytes =
    encoding === "base64"
      ? Buffer.from(entity.body, "base64")
      : Buffer.from(encoding === "quoted-printable" ? decodeQuoted(entity.body) : entity.body, "latin1");
  return bytes.toString("utf8").replaceAll("\r\n", "\n").trim();
}

function decodeQuoted(text: string): string {
  return text
    .replace(/=\r\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function decodeWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, "?==?")
    .replace(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_whole, kind: string, word: string) =>
      kind.toLowerCase() === "b"
        ? Buffer.from(word, "base64").toString("utf8")
        : Buffer.from(decodeQuoted(word.replaceAll("_", " ")), "latin1").toString("utf8"),
    );
}
