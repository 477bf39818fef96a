import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestAnswer, TestServer } from "../../testing/test-server.ts";
import { TEST_PASSWORD, createTestUser, deviceOf, logIn, sessionOf } from "../../testing/users.ts";
import type { TestUser } from "../../testing/users.ts";

const PROXY = { TRUSTED_PROXIES: "127.0.0.1" };
const DAY = 24 * 3600;
const OFFICE = "198.51.100.7";
const NEW_PASSWORD = "staple battery horse correct";

interface From {
  address: string;
  cookie?: string;
}

function enter(server: TestServer, { email, password }: Pick<TestUser, "email" | "password">, from: From) {
  const cookie = from.cookie === undefined ? {} : { cookie: from.cookie };
  const headers = { "x-forwarded-for": from.address, ...cookie };
  return server.api("POST", "/api/session", undefined, { email, password }, headers);
}

/** What an outsider does who only knows the e-mail address. */
async function guess(server: TestServer, email: string, from: From, times: number): Promise<TestAnswer[]> {
  const answers = [];
  for (let guessed = 0; guessed < times; guessed++) {
    answers.push(await enter(server, { email, password: `not the password ${guessed}` }, from));
  }
  return answers;
}

/** Fifty guesses, five from each: none of them has to wait for itself. */
async function guessFromTenNetworks(server: TestServer, email: string): Promise<void> {
  const networks = Array.from({ length: 10 }, (_, index) => `203.0.113.${index + 1}`);
  await Promise.all(networks.map((address) => guess(server, email, { address }, 5)));
}

/** Log-ins for addresses that nobody has, as somebody sends them who wants an office to wait. */
async function spray(server: TestServer, address: string, times: number): Promise<void> {
  for (let nobody = 0; nobody < times; nobody++) {
    await enter(server, { email: `nobody-${nobody}@example.com`, password: TEST_PASSWORD }, { address });
  }
}

const waitOf = (answer: TestAnswer) => Number(answer.headers.get("retry-after"));

describe.each(testEngines)("who tries passwords on %s", (engine) => {
  test("keeps nobody waiting who is somewhere else, whatever is tried and however long", async () => {
    await using server = await startTestServer(engine, PROXY);
    const owner = await createTestUser(server);
    const answers = await guess(server, owner.email, { address: "203.0.113.66" }, 12);
    expect(answers.map(({ status }) => status)).toEqual([...Array<number>(5).fill(401), ...Array<number>(7).fill(429)]);
    expect((await enter(server, owner, { address: OFFICE })).status).toBe(200);
  });

  test("keeps nobody waiting who was here before, not from the same address either, nor by log-ins for forty others", async () => {
    await using server = await startTestServer(engine, PROXY);
    const owner = await createTestUser(server);
    const known = { address: OFFICE, cookie: deviceOf(await enter(server, owner, { address: OFFICE })) };
    await guess(server, owner.email, { address: OFFICE }, 40);
    await spray(server, OFFICE, 40);
    expect((await enter(server, owner, { address: OFFICE })).status).toBe(429);
    const entered = await enter(server, owner, known);
    expect(entered.status).toBe(200);
    // The stranger beside them gained nothing by it.
    expect((await enter(server, owner, { address: OFFICE })).status).toBe(429);
    // Nor does an unknown person's browser in that office wait for long: forty inventions gave it one turn in five minutes.
    const colleague = await createTestUser(server);
    const refused = await enter(server, colleague, { address: OFFICE });
    if (refused.status === 429) {
      expect(waitOf(refused)).toBeLessThanOrEqual(300);
      server.clock.advanceSeconds(waitOf(refused));
      expect((await enter(server, colleague, { address: OFFICE })).status).toBe(200);
    }
  });

  test("gives a stranger the time at which they may try, and moves it by no further attempt of others", async () => {
    await using server = await startTestServer(engine, PROXY);
    const owner = await createTestUser(server);
    await guessFromTenNetworks(server, owner.email);
    // The wait is a matter of the address; one that does not happen to have its turn at this moment.
    let address = "";
    let wait = 0;
    for (let host = 1; wait === 0; host++) {
      address = `198.51.100.${host}`;
      const refused = await enter(server, { email: owner.email, password: "wrong" }, { address });
      wait = refused.status === 429 ? waitOf(refused) : 0;
    }
    expect(wait).toBeLessThanOrEqual(300);
    for (let network = 11; network <= 40; network++) {
      await guess(server, owner.email, { address: `203.0.113.${network}` }, 3);
    }
    server.clock.advanceSeconds(wait - 1);
    expect(waitOf(await enter(server, owner, { address }))).toBe(1);
    server.clock.advanceSeconds(1);
    expect((await enter(server, owner, { address })).status).toBe(200);
  });

  test("of a guess from very many networks each has one try in its turn, and the account that nobody has looks the same", async () => {
    await using server = await startTestServer(engine, PROXY);
    const { email } = await createTestUser(server);
    for (const account of [email, "nobody@example.com"]) {
      await guessFromTenNetworks(server, account);
      const from = { address: "198.51.100.200" };
      const first = await enter(server, { email: account, password: "wrong" }, from);
      if (first.status === 429) server.clock.advanceSeconds(waitOf(first));
      const [inTurn, second] = [
        first.status === 429 ? await enter(server, { email: account, password: "wrong" }, from) : first,
        await enter(server, { email: account, password: "wrong" }, from),
      ];
      expect([inTurn.status, second.status]).toEqual([401, 429]);
      expect(waitOf(second)).toBeGreaterThan(200);
    }
  });

  test("a right password forgets nothing of what failed at other accounts from the same address", async () => {
    await using server = await startTestServer(engine, PROXY);
    const insider = await createTestUser(server);
    // Who owns one account tries all others, and logs in to their own in between.
    for (let nobody = 0; nobody < 24; nobody++) {
      await enter(server, { email: `other-${nobody}@example.com`, password: "wrong password" }, { address: OFFICE });
      await enter(server, insider, { address: OFFICE });
    }
    const answers = [];
    for (let nobody = 0; nobody < 8; nobody++) {
      answers.push(
        await enter(server, { email: `more-${nobody}@example.com`, password: TEST_PASSWORD }, { address: OFFICE }),
      );
    }
    expect(answers.map(({ status }) => status)).toContain(429);
    const row = await server.core.database.db
      .selectFrom("login_failures")
      .selectAll()
      .where("key", "like", `address:${OFFICE}%`)
      .executeTakeFirstOrThrow();
    expect(row.failures).toBeGreaterThanOrEqual(20);
  });

  test("a right password forgets what failed at the account from there, and only that", async () => {
    await using server = await startTestServer(engine, PROXY);
    const owner = await createTestUser(server);
    const attacker = { address: "203.0.113.66" };
    await guess(server, owner.email, attacker, 5);
    await guess(server, owner.email, { address: OFFICE }, 4);
    expect((await enter(server, owner, { address: OFFICE })).status).toBe(200);
    expect((await enter(server, owner, attacker)).status).toBe(429);
    for (const { status } of await guess(server, owner.email, { address: OFFICE }, 5)) expect(status).toBe(401);
  });

  test("IPv6 gives one household many addresses and one count", async () => {
    await using server = await startTestServer(engine, PROXY);
    const owner = await createTestUser(server);
    for (let host = 1; host <= 5; host++) await guess(server, owner.email, { address: `2001:db8:1:${host}::1` }, 1);
    expect((await enter(server, owner, { address: "2001:db8:1:ffff::9" })).status).toBe(429);
    expect((await enter(server, owner, { address: "2001:db8:2::9" })).status).toBe(200);
  });

  test("wrong passwords outside keep no session from confirming the right one", async () => {
    await using server = await startTestServer(engine);
    const owner = await createTestUser(server);
    const session = await logIn(server, owner);
    await guess(server, owner.email, { address: "127.0.0.1" }, 12);
    const renewed = await session.api("POST", "/api/account/recovery-codes", { current_password: owner.password });
    expect(renewed.status).toBe(409);
    const changed = await session.api("POST", "/api/account/password", {
      current_password: owner.password,
      new_password: NEW_PASSWORD,
    });
    expect(changed.status).toBe(200);
  });
});

describe.each(testEngines)("the cookie of a known browser on %s", (engine) => {
  test("asks for a reset link whatever others asked for, from the same address and for the same account", async () => {
    await using server = await startTestServer(engine, PROXY);
    const owner = await createTestUser(server);
    const cookie = deviceOf(await enter(server, owner, { address: OFFICE }));
    const ask = (headers: Record<string, string> = {}) =>
      server.api(
        "POST",
        "/api/password-resets",
        undefined,
        { email: owner.email },
        { "x-forwarded-for": OFFICE, ...headers },
      );
    for (let request = 0; request < 30; request++) expect((await ask()).status).toBe(202);
    expect((await ask()).status).toBe(429);
    const statuses = [];
    for (let request = 0; request < 4; request++) statuses.push((await ask({ cookie })).status);
    expect(statuses).toEqual([202, 202, 202, 429]);
  });

  test("is of this account only, HttpOnly and SameSite, and no log-in by itself", async () => {
    await using server = await startTestServer(engine, { ...PROXY, PUBLIC_URL: "https://packages.example.com" });
    const [owner, other] = [await createTestUser(server), await createTestUser(server)];
    const answer = await enter(server, owner, { address: OFFICE });
    const cookie = deviceOf(answer);
    expect(answer.headers.getSetCookie().find((text) => text.startsWith(cookie))).toMatch(
      /^__Host-package_broker_device_[0-9a-f]{12}=[^;]+; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Strict; Secure$/,
    );
    expect(cookie).not.toContain(owner.id);
    const asked = await server.api("GET", "/api/account", undefined, undefined, { cookie });
    expect(asked.status).toBe(401);
    await guess(server, other.email, { address: OFFICE }, 5);
    expect((await enter(server, other, { address: OFFICE, cookie })).status).toBe(429);
    const renamed = cookie.replace(
      /^[^=]*/,
      deviceOf(await enter(server, other, { address: "192.0.2.9" })).split("=")[0]!,
    );
    expect((await enter(server, other, { address: OFFICE, cookie: renamed })).status).toBe(429);
  });

  test("has failures of its own, so a stolen one gives few attempts, and takes none from the user without it", async () => {
    await using server = await startTestServer(engine, PROXY);
    const owner = await createTestUser(server);
    const cookie = deviceOf(await enter(server, owner, { address: OFFICE }));
    const thief = { address: "203.0.113.66", cookie };
    const answers = await guess(server, owner.email, thief, 30);
    // Five with the cookie, and five that anybody has.
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    expect((await enter(server, owner, { address: OFFICE, cookie })).status).toBe(200);
    // And it is forgotten with that: the device was the owner's.
    expect((await guess(server, owner.email, { address: OFFICE, cookie }, 5)).map(({ status }) => status)).toEqual(
      Array<number>(5).fill(401),
    );
  });

  test.each(["changed", "reset", "removed", "a year old", "another's signature"])(
    "is void once it is %s",
    async (how) => {
      await using server = await startTestServer(engine, PROXY);
      const admin = await logIn(server, { role: "owner" });
      const user = await createTestUser(server, { role: "admin" });
      const answer = await enter(server, user, { address: OFFICE });
      let cookie = deviceOf(answer);
      let { password } = user;
      if (how === "changed") {
        const session = sessionOf(server, answer);
        const body = { current_password: password, new_password: NEW_PASSWORD };
        const changed = await session.api("POST", "/api/account/password", body);
        password = NEW_PASSWORD;
        await guess(server, user.email, { address: OFFICE }, 5);
        // The browser that changed it is known still.
        expect(
          (await enter(server, { ...user, password }, { address: OFFICE, cookie: deviceOf(changed) })).status,
        ).toBe(200);
      }
      if (how === "reset") {
        const reset = (await admin.api("POST", `/api/users/${user.id}/password-reset`)).json() as { link: string };
        const body = { token: reset.link.split("#")[1], password: NEW_PASSWORD };
        const completed = await server.api("POST", "/api/password-resets/complete", undefined, body);
        password = NEW_PASSWORD;
        await guess(server, user.email, { address: OFFICE }, 5);
        expect(
          (await enter(server, { ...user, password }, { address: OFFICE, cookie: deviceOf(completed) })).status,
        ).toBe(200);
      }
      if (how === "removed") await admin.api("DELETE", `/api/users/${user.id}`);
      if (how === "a year old") server.clock.advanceSeconds(365 * DAY);
      if (how === "another's signature") cookie = cookie.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
      await guess(server, user.email, { address: OFFICE }, 5);
      expect((await enter(server, { ...user, password }, { address: OFFICE, cookie })).status).toBe(429);
    },
  );
});
