/** Where mails are handed in. */
export interface SmtpServer {
  host: string;
  port: number;
  /** TLS from the first byte; otherwise STARTTLS where the server offers it. */
  secure: boolean;
  credentials: { user: string; pass: string } | undefined;
}

/** Whom mails are from. */
export interface MailSender {
  name: string;
  address: string;
}

/** One address and nothing that a header or a list of addresses gives a meaning to. */
const ADDRESS = /^[^\s@<>(),;:"\\[\]\p{C}]{1,64}@[^\s@<>(),;:"\\[\]\p{C}]{1,189}$/u;

/** Whether a mail can be addressed to this text, without reading it as two addresses or as a header. */
export function isMailAddress(text: string): boolean {
  return ADDRESS.test(text);
}

/** `smtp://user:password@host:587` or `smtps://…`; undefined where it is neither. No part of it is ever told or logged. */
export function readSmtpUrl(text: string): SmtpServer | undefined {
  const url = URL.parse(text);
  if (url === null || !["smtp:", "smtps:"].includes(url.protocol) || url.hostname === "") return undefined;
  if (!["", "/"].includes(url.pathname) || url.search !== "" || url.hash !== "") return undefined;
  const secure = url.protocol === "smtps:";
  const credentials = readCredentials(url);
  if (credentials === "unreadable") return undefined;
  return {
    ...{ host: url.hostname.replace(/^\[(.*)\]$/, "$1"), secure, credentials },
    port: url.port === "" ? (secure ? 465 : 587) : Number(url.port),
  };
}

function readCredentials(url: URL): SmtpServer["credentials"] | "unreadable" {
  if (url.username === "" && url.password === "") return undefined;
  if (url.username === "" || url.password === "") return "unreadable";
  try {
    return { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  } catch {
    return "unreadable";
  }
}

/** `broker@example.com` or `Acme Extensions <broker@example.com>`; undefined where it is neither. */
export function readMailFrom(text: string): MailSender | undefined {
  const named = /^"?([^<>"]*)"?\s*<([^<>]+)>$/.exec(text.trim());
  const name = (named?.[1] ?? "").trim();
  const address = (named?.[2] ?? text).trim();
  return isMailAddress(address) && !/\p{C}/u.test(name) ? { name, address } : undefined;
}
