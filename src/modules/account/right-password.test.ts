import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { createTestUser, logIn } from "../../testing/users.ts";

describe.each(testEngines)("the right password on %s", (engine) => {
  test("does not count as a failed attempt when what it was for is refused for another reason", async () => {
    await using server = await startTestServer(engine);
    const user = await createTestUser(server);
    const session = await logIn(server, user);
    for (let i = 0; i < 6; i++) {
      const answer = await session.api("POST", "/api/account/recovery-codes", { current_password: user.password });
      expect(answer.status).toBe(409);
    }
    await logIn(server, user);
  });

  test("is not what a code is guessed for where there is nothing to confirm: that is no failed attempt either", async () => {
    await using server = await startTestServer(engine);
    const user = await createTestUser(server);
    const session = await logIn(server, user);
    for (let i = 0; i < 6; i++) {
      expect((await session.api("POST", "/api/account/totp/confirm", { code: "123456" })).status).toBe(409);
    }
    await logIn(server, user);
  });
});
