import { nowSeconds } from "../../platform/clock.ts";
import { AppError, invalidField } from "../../platform/errors.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Actor } from "../audit/index.ts";
import { createLink, findUsableLink, takeLink } from "../one-time-links/index.ts";
import type { CreatedLink } from "../one-time-links/index.ts";
import { readSettings } from "../settings/index.ts";
import { startSession } from "../sessions/index.ts";
import type { LoginOrigin, SessionDeps, StartedSession } from "../sessions/index.ts";
import { countOwners, createUser, hashPassword, passwordProblem, readEmail, readUserName } from "../users/index.ts";
import type { UserDeps, UserRow } from "../users/index.ts";
import { lockSetup } from "./setup-queries.ts";

export type SetupDeps = UserDeps & SessionDeps;

export interface NewOwner {
  /** What stands behind `#` in the set-up link. */
  token: string;
  email: string;
  name: string;
  password: string;
}

/** Whether nobody can log in as an owner: the dashboard then shows the set-up instead of the log-in. */
export async function isSetupRequired(deps: Pick<SetupDeps, "database">): Promise<boolean> {
  return (await countOwners(deps.database)) === 0;
}

/**
 * The link that makes the first owner, for whoever started the server and reads what it prints; undefined once there
 * is an owner. Earlier ones go on working for their 24 hours, so that a restart does not spoil an open page.
 */
export async function createSetupLink(
  deps: Pick<SetupDeps, "database" | "clock" | "publicUrl">,
): Promise<CreatedLink | undefined> {
  if (!(await isSetupRequired(deps))) return undefined;
  return await deps.database.transaction((trx) =>
    createLink(deps, trx, { kind: "setup", user: null, createdBy: "system" }),
  );
}

/**
 * Makes the owner account and logs it in, in one transaction. Throws `resource.conflict` when there is an owner
 * already, `link.…` for a link that does not work, `request.invalid` for a password that is not taken.
 */
export async function completeSetup(
  deps: SetupDeps,
  input: NewOwner,
  from: LoginOrigin,
): Promise<{ user: UserRow; started: StartedSession }> {
  if (!(await isSetupRequired(deps))) throw alreadyDone();
  // Before the hash: who has no link shall not keep the processor busy.
  await findUsableLink(deps, deps.database.db, "setup", input.token).catch(async (error: unknown) => {
    // Somebody finished with the same link in this moment.
    throw (await isSetupRequired(deps)) ? error : alreadyDone();
  });
  const person = { email: readEmail(input.email), name: readUserName(input.name) };
  const { vendor_name: vendorName } = await readSettings(deps.database.db);
  const problem = await passwordProblem(input.password, { ...person, vendorName });
  if (problem !== undefined) throw invalidField("/password", problem);
  const passwordHash = await hashPassword(input.password);
  const actor: Actor = { kind: "system", id: "setup", requestId: from.requestId };
  return await deps.database.transaction(async (trx) => {
    await lockSetup(trx, nowSeconds(deps.clock));
    if (!(await isSetupRequired({ database: { ...deps.database, db: trx } }))) throw alreadyDone();
    await takeLink(deps, trx, "setup", input.token);
    const user = await createUser(deps, trx, actor, { ...person, role: "owner", passwordHash });
    await recordAuditEvent(deps, trx, actor, {
      action: "setup.completed",
      target: { kind: "user", id: user.id },
      details: { after: { role: user.role } },
    });
    return { user, started: await startSession(deps, trx, user.id, from) };
  });
}

function alreadyDone(): AppError {
  return new AppError("resource.conflict", "This server is set up already; log in, or ask an owner to invite you.");
}
