import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { startTestServer } from "../../testing/test-server.ts";
import { createTestUser, logIn } from "../../testing/users.ts";

// Changing a password locks the user, then the links; completing a reset took them the other way round.
test("a reset link that is used while the password is changed otherwise waits for it, and is told to have ended", async () => {
  await using server = await startTestServer("postgres");
  const owner = await logIn(server, { role: "owner" });
  const user = await createTestUser(server, { role: "admin" });
  const reset = (await owner.api("POST", `/api/users/${user.id}/password-reset`)).json() as { link: string };
  const body = { token: reset.link.split("#")[1] ?? "", password: "a very different pass phrase" };
  const answer = await server.core.database.transaction(async (trx) => {
    await trx.selectFrom("users").select("id").where("id", "=", user.id).forNoKeyUpdate().execute();
    const completing = server.api("POST", "/api/password-resets/complete", undefined, body);
    // Long enough to hash and to come to the first lock.
    await setTimeout(1_000);
    await trx.updateTable("one_time_links").set({ expires_at: 1 }).where("user", "=", user.id).execute();
    return { completing };
  });
  expect((await answer.completing).status).toBe(410);
});
