import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { nextPageLink } from "../../platform/http/paging.ts";
import { principalOf } from "../callers/index.ts";
import type { SessionDeps } from "../sessions/index.ts";
import {
  endSessionsOfUser,
  listSessionsOfUser,
  listUsers,
  readUser,
  removeUser,
  resetTotp,
  updateUser,
} from "./manage-users.ts";
import { requireSecondFactorOf } from "./require-second-factor.ts";
import { tellOfFactor } from "./tell-of-factor.ts";
import type { FactorMailDeps } from "./tell-of-factor.ts";
import type { UserDeps } from "./user-deps.ts";
import {
  endUserSessionsOperation,
  getUserOperation,
  listUserSessionsOperation,
  listUsersOperation,
  removeUserOperation,
  requireSecondFactorOperation,
  resetUserTotpOperation,
  updateUserOperation,
} from "./user-operations.ts";

export type UserRouteDeps = UserDeps & Pick<SessionDeps, "sessionLifetime"> & FactorMailDeps;

/** The people who use the dashboard, managed by those who have the scope. */
export const userRoutes: FastifyPluginCallbackZod<UserRouteDeps> = (app, deps, done) => {
  app.get("/api/users", listUsersOperation, async (request, reply) => {
    const { users, nextCursor } = await listUsers(deps, principalOf(request), request.query);
    const address = `${deps.publicUrl}/api/users`;
    if (nextCursor !== undefined) void reply.header("link", nextPageLink(address, request.query, nextCursor));
    return users;
  });
  app.get("/api/users/:id", getUserOperation, (request) => readUser(deps, principalOf(request), request.params.id));
  app.patch("/api/users/:id", updateUserOperation, (request) => {
    const { name, role } = request.body;
    const input = { name: name ?? undefined, role: role ?? undefined };
    return updateUser(deps, principalOf(request), request.params.id, input);
  });
  app.delete("/api/users/:id", removeUserOperation, async (request) => {
    const { managementTokensLeft } = await removeUser(deps, principalOf(request), request.params.id);
    return { message: "User removed" as const, management_tokens_left: managementTokensLeft };
  });
  app.get("/api/users/:id/sessions", listUserSessionsOperation, (request) =>
    listSessionsOfUser(deps, principalOf(request), request.params.id),
  );
  app.delete("/api/users/:id/sessions", endUserSessionsOperation, async (request) => {
    const ended = await endSessionsOfUser(deps, principalOf(request), request.params.id);
    return { message: "Sessions ended" as const, ended };
  });
  app.delete("/api/users/:id/totp", resetUserTotpOperation, async (request) => {
    const hadFactor = await resetTotp(deps, principalOf(request), request.params.id);
    if (hadFactor) await tellOfFactor(deps, request.params.id, "removed_by_another");
    return { message: "Two-factor authentication is off" as const };
  });
  app.put("/api/settings/second-factor-roles", requireSecondFactorOperation, (request) =>
    requireSecondFactorOf(deps, principalOf(request), request.body.roles),
  );
  done();
};
