import type { IncomingMessage } from "node:http";
import type { ClientAddress, UnknownCredentials } from "../../platform/http/index.ts";
import type { Refusals } from "../audit/index.ts";
import { sendRefusal, sendWarning } from "./answers.ts";
import type { Exchange } from "./answers.ts";
import type { CredentialProblem } from "./credentials.ts";
import type { Help } from "./help.ts";
import { credentialMessage, tooManyUnknownMessage, withHelp } from "./messages.ts";
import type { LoggedRequest, RequestLog } from "./request-log.ts";

export interface RefuseDeps {
  refusals: Pick<Refusals, "count">;
  clientAddress: ClientAddress;
  unknownCredentials: UnknownCredentials;
}

/**
 * Says what is wrong with a credential; 429 to an address that sent very many that nobody ever had. HTTP has 401 for
 * it. A Composer that sent one gets 402: in a terminal 2.2 LTS, and all until 2.5.4, ask a person again for ever on 401,
 * hundreds of times a second, and every version prints the same line once on 402 (protocol §12). Nothing else hangs on
 * the `User-Agent`.
 */
export function refuseCredential(
  deps: RefuseDeps,
  { host, log, help }: { host: string; log: RequestLog; help: Help },
  incoming: Exchange & LoggedRequest,
  problem: CredentialProblem,
): void {
  const reason = `credential ${problem.problem}`;
  const retryAfter = secondsToWait(deps, incoming, problem);
  if (retryAfter !== undefined) {
    log.refused(incoming, 429, `${reason}, too many`);
    const message = tooManyUnknownMessage(problem, host, retryAfter);
    sendWarning(incoming, 429, message, ["Retry-After", String(retryAfter)]);
    return;
  }
  const message = withHelp(credentialMessage(problem, host), problem.problem === "expired" ? help.renew : help.support);
  if (wasSent(problem) && isComposer(incoming.request)) {
    log.refused(incoming, 402, reason);
    sendRefusal(incoming, 402, message);
    return;
  }
  log.refused(incoming, 401, reason);
  sendRefusal(incoming, 401, message, ["WWW-Authenticate", `Basic realm="${host}", charset="UTF-8"`]);
}

function wasSent(problem: CredentialProblem): boolean {
  return !("wasSent" in problem) || problem.wasSent;
}

/** `Composer/2.2.29 (Linux; …)`; tools that run Composer say the same. */
function isComposer({ headers }: IncomingMessage): boolean {
  return /^Composer\/\d/i.test(headers["user-agent"] ?? "");
}

/** Counts it; how long its address is to wait when it sent too many. */
function secondsToWait(
  { refusals, clientAddress, unknownCredentials }: RefuseDeps,
  { request }: LoggedRequest,
  { problem }: CredentialProblem,
): number | undefined {
  // Without a credential nobody tried anything: composer asks so before it is configured.
  if (problem === "missing") return undefined;
  const address = clientAddress(request);
  refusals.count({ surface: "composer", problem, address });
  // Guessed or mistyped; whatever was once a token of ours is told what became of it, however often it asks.
  const isUnknown = problem === "unknown" || problem === "malformed";
  return isUnknown ? unknownCredentials.refusalOf(address)?.retryAfterSeconds : undefined;
}
