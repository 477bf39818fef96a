/** What came of handing a mail to the mail server. */
export type HandOver =
  | { taken: true }
  | {
      taken: false;
      /** The server refused this address or this mail for good; trying again changes nothing. */
      isFinal: boolean;
      /** What happened, for people; nothing of the mail, its address or the credentials. */
      words: string;
    };

interface MailFailure {
  code?: unknown;
  command?: unknown;
  responseCode?: unknown;
  response?: unknown;
  message?: unknown;
  name?: unknown;
}

/**
 * Says in words why a mail was not taken. The server's own words are left out but for its numbers: they may repeat the
 * address, or what was sent. Only what it says of the recipient or of the mail itself is final; that it refuses us, or
 * our password, is the operator's to put right, and the mail waits for that.
 */
export function failedHandOver(error: unknown): HandOver {
  const { code, command, responseCode, response, name } = error as MailFailure;
  const status = typeof responseCode === "number" ? responseCode : undefined;
  const numbers = status === undefined ? "" : ` (${[status, enhancedStatus(response)].filter(Boolean).join(" ")})`;
  const stage = typeof command === "string" ? command : "";
  const isPermanent = status !== undefined && status >= 500 && status <= 599;
  const fail = (words: string, isFinal = false): HandOver => ({ taken: false, isFinal, words });
  if (stage === "RCPT TO") {
    return isPermanent
      ? fail(`The mail server refused the address for good${numbers}.`, true)
      : fail(`The mail server does not take mail for this address now${numbers}.`);
  }
  if (stage === "DATA" && status !== undefined) {
    return isPermanent
      ? fail(`The mail server refused this mail for good${numbers}.`, true)
      : fail(`The mail server does not take this mail now${numbers}.`);
  }
  if (stage === "MAIL FROM") return fail(`The mail server refused the sender of MAIL_FROM${numbers}.`);
  if (code === "EAUTH" || code === "ENOAUTH" || stage.startsWith("AUTH")) {
    return fail(`The mail server refused the user name or password of SMTP_URL${numbers}.`);
  }
  return fail(withoutAnswer(error as MailFailure, stage, numbers, name));
}

function withoutAnswer({ code, message }: MailFailure, stage: string, numbers: string, name: unknown): string {
  const text = typeof message === "string" ? message : "";
  const tls = tlsProblem(code, text);
  if (tls !== undefined) return tls;
  if (name === "AbortError" || name === "TimeoutError" || code === "EABORT" || code === "ETIMEDOUT") {
    return "The mail server did not answer in time.";
  }
  if (code === "EDNS" || /ENOTFOUND|EAI_AGAIN/.test(text))
    return "The mail server of SMTP_URL was not found by its name.";
  if (text.includes("ECONNREFUSED"))
    return "Nothing listens at the host and port of SMTP_URL: the connection was refused.";
  const at = stage === "" || stage === "CONN" || stage === "API" ? "" : ` at ${stage}`;
  return `The connection to the mail server failed${at}${numbers}.`;
}

/** By the words of Node's TLS, which name no address of a mail. */
function tlsProblem(code: unknown, text: string): string | undefined {
  if (/self[- ]signed|unable to verify|unable to get local issuer|UNABLE_TO_|SELF_SIGNED/i.test(text)) {
    return "The mail server's certificate is not signed by an authority known here; name it in NODE_EXTRA_CA_CERTS.";
  }
  if (/certificate has expired|CERT_HAS_EXPIRED/i.test(text)) return "The mail server's certificate has expired.";
  if (/Hostname\/IP does not match|ERR_TLS_CERT_ALTNAME_INVALID/.test(text)) {
    return "The mail server's certificate is for another name than the one in SMTP_URL.";
  }
  if (text.includes("STARTTLS")) {
    return "The mail server offers no TLS (STARTTLS), and a password is not sent without it.";
  }
  return code === "ETLS" ? "TLS with the mail server could not be set up." : undefined;
}

/** `5.1.1` of `550 5.1.1 no such user`. */
function enhancedStatus(response: unknown): string | undefined {
  return typeof response === "string" ? /^[245]\d\d[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1] : undefined;
}
