import { nowSeconds } from "../../platform/clock.ts";
import { unlessStorageFails } from "../../platform/database/index.ts";
import { newDeviceMail } from "../account-mails/index.ts";
import type { StartedSession } from "../sessions/index.ts";
import { readSettings } from "../settings/index.ts";
import { deviceCookie } from "../users/index.ts";
import type { KnownDevice, UserRow } from "../users/index.ts";
import type { LoginDeps, LoginRequest } from "./log-in-request.ts";

/** A log-in, with the cookie by which the browser is known from now on. */
export interface LoggedIn {
  user: UserRow;
  started: StartedSession;
  deviceCookie: string;
}

/** Makes the browser known that somebody has just logged in with, and tells the user of one that was not. */
export async function welcome(
  deps: LoginDeps,
  request: LoginRequest,
  { user, started }: Pick<LoggedIn, "user" | "started">,
  device: KnownDevice | undefined,
): Promise<LoggedIn> {
  if (device === undefined) await tellOfNewDevice(deps, request, user);
  return { user, started, deviceCookie: deviceCookie(deps, user, device) };
}

/** So that whoever's password is known to somebody else learns of it. The log-in does not fail for it. */
async function tellOfNewDevice(deps: LoginDeps, request: LoginRequest, user: UserRow): Promise<void> {
  if (!deps.mail.canSend) return;
  await unlessStorageFails(async () => {
    const { vendor_name: vendorName } = await readSettings(deps.database.db);
    const facts = {
      at: nowSeconds(deps.clock),
      address: request.address,
      userAgent: presentUserAgent(request.userAgent),
    };
    deps.mail.send(newDeviceMail({ publicUrl: deps.publicUrl, vendorName }, user.email ?? "", facts));
  });
}

const USER_AGENT_LENGTH_MAX = 200;

/** Whoever logs in writes it, so it is cut, and has neither links nor lines. */
function presentUserAgent(userAgent: string | undefined): string | null {
  const text = (userAgent ?? "")
    .replaceAll(/[^\w .,;()/+-]/g, " ")
    .replaceAll("//", " ")
    .trim();
  return text === "" ? null : text.slice(0, USER_AGENT_LENGTH_MAX);
}
