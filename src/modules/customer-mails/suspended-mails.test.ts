import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { openMailPlace } from "../../testing/mail-place.ts";
import { sellToken } from "../../testing/sales.ts";

const DAY = 86_400;

const sale = (customer_id: string, order_id: string, more: object = {}) => ({
  allowed_package_prefixes: ["acme/"],
  metadata: { customer_id, customer_email: `${customer_id}@example.com`, order_id },
  ...more,
});

describe.each(testEngines)("what is suspended on %s", (engine) => {
  // Somebody who cannot use what they have is not told to renew it.
  test("is reminded of no end, whoever was suspended for it; once it is resumed it is", async () => {
    await using place = await openMailPlace(engine);
    const { call, run, mailed, server, shop } = place;
    const expires_at = server.clock.nowMs() / 1000 + 40 * DAY;
    const token = await sellToken(server, shop, sale("token", "1", { expires_at }));
    await sellToken(server, shop, sale("order", "2", { expires_at }));
    await sellToken(server, shop, sale("customer", "3", { expires_at }));
    await sellToken(server, shop, sale("lines", "4", { access: "customer", allowed_package_prefixes: ["globex/"] }));
    await call("PUT", "/api/customers/lines/grants/default/5/1", { package: "acme/core", expires_at });
    await run();
    mailed();
    const each = async (verb: "suspend" | "resume") => {
      await call("POST", `/api/tokens/${token.id}/${verb}`, {});
      await call("POST", `/api/orders/2/${verb}`, {});
      await call("POST", `/api/customers/customer/${verb}`, {});
      await call("POST", `/api/customers/lines/${verb}`, {});
    };
    await each("suspend");
    server.clock.advanceSeconds(30 * DAY);
    await run();
    expect(mailed()).toEqual([]);
    await each("resume");
    await run();
    const reminded = mailed().filter((line) => line.includes("Your access ends on"));
    expect(reminded.map((line) => line.split("@")[0]).sort()).toEqual(["customer", "lines", "order", "token"]);
  });

  test("word of a revocation that was taken back before it went out is not sent", async () => {
    await using place = await openMailPlace(engine);
    const { call, run, mailed, log, server, shop } = place;
    const { id } = await sellToken(server, shop, sale("ada", "1"));
    await run();
    mailed();
    await call("DELETE", `/api/tokens/${id}`);
    await call("POST", `/api/tokens/${id}/restore`, {});
    server.clock.advanceSeconds(1);
    await call("POST", "/api/orders/1/revoke", {});
    await call("POST", "/api/orders/1/restore", {});
    await run();
    expect(mailed()).toEqual([]);
    expect((await log()).filter((line) => line.startsWith("revoked"))).toEqual([
      "revoked cancelled ada@example.com",
      "revoked cancelled ada@example.com",
    ]);
    server.clock.advanceSeconds(1);
    await call("DELETE", `/api/tokens/${id}`);
    await run();
    expect(mailed()).toEqual([expect.stringMatching(/^ada@example\.com Your access .*(?:ended|revoked)/)]);
  });
});
