import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { logIn } from "../../testing/users.ts";

const accept = (server: TestServer, token: string, password: string) =>
  server.api("POST", "/api/invitations/accept", undefined, { token, password });

describe.each(testEngines)("inviting somebody again on %s", (engine) => {
  // Otherwise the link that is left sets the password of an account in use, and logs in past its authenticator.
  test("several times at once leaves one invitation, and none once it was accepted", async () => {
    await using server = await startTestServer(engine);
    const owner = await logIn(server, { role: "owner" });
    for (let round = 0; round < 6; round++) {
      const invite = () => owner.api("POST", "/api/invitations", { email: `${round}@example.com`, role: "viewer" });
      await invite();
      const answers = await Promise.all([invite(), invite(), invite(), invite()]);
      const tokens = answers.map((answer) => (answer.json() as { link: string }).link.split("#")[1] ?? "");
      const statuses: number[] = [];
      for (const token of tokens) statuses.push((await accept(server, token, "one of several passwords")).status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    }
  });
});
