import type { ClientAddress, UnknownCredentials } from "../../platform/http/index.ts";
import type { Refusals } from "../audit/index.ts";
import { sendWarning } from "./answers.ts";
import type { Exchange } from "./answers.ts";
import type { CredentialProblem } from "./credentials.ts";
import { credentialMessage, tooManyUnknownMessage } from "./messages.ts";
import type { LoggedRequest, RequestLog } from "./request-log.ts";

export interface RefuseDeps {
  refusals: Pick<Refusals, "count">;
  clientAddress: ClientAddress;
  unknownCredentials: UnknownCredentials;
}

/** Says what is wrong with a credential, 401; 429 to an address that sent very many that nobody ever had. */
export function refuseCredential(
  deps: RefuseDeps,
  { host, log }: { host: string; log: RequestLog },
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
  log.refused(incoming, 401, reason);
  const challenge = ["WWW-Authenticate", `Basic realm="${host}", charset="UTF-8"`];
  sendWarning(incoming, 401, credentialMessage(problem, host), challenge);
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
