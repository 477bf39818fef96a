import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { listedIds, sellToken } from "../../testing/sales.ts";
import type { SmtpSinkOptions } from "../../testing/smtp-sink.ts";
import { SCOPES } from "../callers/index.ts";
import { openMailPlace } from "../../testing/mail-place.ts";

const DAY = 86_400;
const YEAR = 365 * DAY;

const sale = (customer_id: unknown, customer_email: string | undefined, order_id: string, more: object = {}) => ({
  ...{ allowed_package_prefixes: ["acme/"], metadata: { customer_id, customer_email, order_id }, ...more },
});
const refuses = (beginning: string): SmtpSinkOptions => ({
  refusal: (to) => (to.startsWith(beginning) ? { code: 550, text: "5.1.1 no such user" } : undefined),
});
const isGreylisted = (beginning: string): SmtpSinkOptions => ({
  refusal: (to) => (to.startsWith(beginning) ? { code: 451, text: "4.2.0 later" } : undefined),
});

describe.each(testEngines)("where mails go on %s", (engine) => {
  test("a token that moves takes along what waits: its new owner hears of it, the one before does not", async () => {
    await using place = await openMailPlace(engine);
    const { call, run, mailed, server, shop } = place;
    const sold = await sellToken(server, shop, sale("agency", "agency@example.com", "o1"));
    const to = { customer_id: "client", email: "client@example.com" };
    await call("POST", `/api/tokens/${sold.id}/move`, { ...to, rotate: false });
    await run();
    expect(mailed()).toEqual(["client@example.com Your extension access token (order o1)"]);
    expect(place.sink.mails.at(-1)?.text).toContain(sold.token);
    // With a new secret nothing of the one before is sent to anybody.
    const other = await sellToken(server, shop, sale("agency", "agency@example.com", "o2"));
    await call("POST", `/api/tokens/${other.id}/move`, to);
    await run();
    expect(mailed()).toEqual(["client@example.com Your extension access token (order o2)"]);
    expect(place.sink.mails.at(-1)?.text).not.toContain(other.token);
  });

  // F2: somebody who left the company got the rotated secret.
  test("an address corrected at the customer is used by renewals, rotations, reminders and revocations", async () => {
    await using place = await openMailPlace(engine);
    const { call, run, mailed, server, shop } = place;
    const now = server.clock.nowMs() / 1000;
    const { id } = await sellToken(server, shop, sale(3201, "before@example.com", "10", { expires_at: now + YEAR }));
    await run();
    expect(mailed()).toEqual(["before@example.com Your extension access token (order 10)"]);
    await call("PATCH", "/api/customers/3201", { email: "after@example.com" });
    await call("PATCH", `/api/tokens/${id}`, { expires_at: now + YEAR + 30 * DAY });
    expect(await call("POST", `/api/tokens/${id}/rotate`, {})).toMatchObject({ mailed: true });
    await run();
    expect(mailed()).toEqual(["after@example.com Your access was renewed", "after@example.com Your new access token"]);
    await call("PATCH", "/api/customers/3201", { email: "third@example.com" });
    server.clock.setSeconds(now + YEAR + 20 * DAY);
    await run();
    expect(mailed()).toEqual([expect.stringMatching(/^third@example\.com Your access ends on/)]);
    await call("DELETE", `/api/tokens/${id}`);
    await run();
    expect(mailed()).toEqual(["third@example.com Your access was ended"]);
    const found = (email: string) => listedIds(server, shop, `?status=all&customer_email=${email}`);
    expect(await found("third@example.com")).toEqual([id]);
    expect(await found("THIRD@example.com")).toEqual([id]);
    expect(await found("after@example.com")).toEqual([]);
    expect(await found("before@example.com")).toEqual([id]);
  });

  // F3: the customer was corrected, and "send again" mailed the dead address again.
  test("a mail that bounced is sent again to the address that was corrected at the customer", async () => {
    await using place = await openMailPlace(engine, refuses("bounce"));
    const { call, run, mailed, server, shop } = place;
    const { token } = await sellToken(server, shop, sale(77, "bounce@example.com", "11"));
    await run();
    const [failed] = (await call("GET", "/api/mails")) as { id: string; state: string }[];
    expect(failed).toMatchObject({ state: "failed" });
    await call("PATCH", "/api/customers/77", { email: "corrected@example.com" });
    expect(await call("POST", `/api/mails/${failed?.id}/retry`)).toMatchObject({ to: "corrected@example.com" });
    await run();
    expect(mailed()).toEqual(["corrected@example.com Your extension access token (order 11)"]);
    expect(place.sink.mails[0]?.text).toContain(token);
  });

  test("a secret that waits for the old address never goes there: its mail is ended, and another one goes to the new", async () => {
    let isDown = true;
    await using place = await openMailPlace(engine, {
      refusal: (to) => (isDown && to.startsWith("old") ? { code: 451, text: "4.2.0 later" } : undefined),
    });
    const { call, run, mailed, log, server, shop } = place;
    const { id, token } = await sellToken(server, shop, sale(5, "old@example.com", "12"));
    await run();
    expect(await log()).toEqual(["ready pending old@example.com"]);
    await call("PATCH", "/api/customers/5", { email: "new@example.com" });
    isDown = false;
    expect(await log()).toEqual(["ready pending new@example.com", "ready cancelled old@example.com"]);
    const [waits, ended] = (await call("GET", `/api/mails?token_id=${id}`)) as { id: string; detail: string }[];
    expect(ended?.detail).toBe(
      `The address was changed before this was sent: ${waits?.id} goes to the new one in its place.`,
    );
    await run();
    server.clock.advanceSeconds(3_600);
    await run();
    expect(mailed()).toEqual(["new@example.com Your extension access token (order 12)"]);
    expect(place.sink.mails[0]?.text).toContain(token);
    // What comes after it knows that the customer has the whole first mail.
    await call("POST", `/api/tokens/${id}/rotate`, {});
    await run();
    expect(mailed()).toEqual(["new@example.com Your new access token"]);
  });

  test("what waits without a secret goes to the new address at once, under the same id", async () => {
    await using place = await openMailPlace(engine, isGreylisted("old"));
    const { call, run, mailed, log, server, shop } = place;
    const now = server.clock.nowMs() / 1000;
    const { id } = await sellToken(
      server,
      shop,
      sale(5, "old@example.com", "12", { expires_at: now + YEAR, notify: false }),
    );
    await call("PATCH", `/api/tokens/${id}`, { notify: true });
    await call("PATCH", `/api/tokens/${id}`, { expires_at: now + 2 * YEAR });
    await run();
    expect(await log()).toEqual(["renewed pending old@example.com"]);
    await call("PATCH", "/api/customers/5", { email: "new@example.com" });
    await run();
    expect(mailed()).toEqual(["new@example.com Your access was renewed"]);
    expect(await log()).toEqual(["renewed sent new@example.com"]);
  });

  test("a customer whose address was taken away is mailed nowhere, whatever the orders said", async () => {
    await using place = await openMailPlace(engine, isGreylisted("old"));
    const { call, run, mailed, log, server, shop } = place;
    const { id } = await sellToken(server, shop, sale(5, "old@example.com", "12"));
    await run();
    await call("PATCH", "/api/customers/5", { email: null });
    expect(await log()).toEqual(["ready cancelled old@example.com"]);
    const rotated = (await call("POST", `/api/tokens/${id}/rotate`, {})) as { mailed: boolean; warnings: string[] };
    expect(rotated).toMatchObject({ mailed: false, warnings: [expect.stringContaining("has an address")] });
    // Nor does the next sale, of whichever site, say where the customer is.
    await sellToken(server, shop, sale(5, "else@example.com", "13"));
    expect(await call("GET", "/api/customers/5")).toMatchObject({ email: null });
    await run();
    expect(mailed()).toEqual(["else@example.com Your extension access token (order 13)"]);
  });

  // Two sites with one key, both with a customer 42.
  test("never sends one buyer's secret to another who was sold to under the same customer id", async () => {
    await using place = await openMailPlace(engine);
    const { call, run, mailed, server, shop } = place;
    const now = server.clock.nowMs() / 1000;
    const one = await sellToken(server, shop, sale(42, "one@example.com", "1", { expires_at: now + YEAR }));
    const two = await sellToken(server, shop, sale(42, "Two@example.com", "2"));
    expect(one).not.toHaveProperty("warnings");
    expect(two).toMatchObject({
      warnings: expect.arrayContaining([expect.stringContaining("is not the address of this customer")]) as unknown,
    });
    for (const { id } of [one, two]) await call("POST", `/api/tokens/${id}/rotate`, {});
    await call("PATCH", `/api/tokens/${one.id}`, { expires_at: now + 2 * YEAR });
    await run();
    expect(mailed().toSorted()).toEqual([
      "Two@example.com Your extension access token (order 2)",
      "one@example.com Your access was renewed",
      "one@example.com Your extension access token (order 1)",
    ]);
    expect(await call("GET", "/api/customers/42")).toMatchObject({ email: "one@example.com" });
    expect(await listedIds(server, shop, "?customer_email=two@example.com")).toEqual([two.id]);
    // The warning names nobody: it may be answered to the other site.
    expect(JSON.stringify(two)).not.toContain("one@example.com");
    const entries = await server.core.database.db.selectFrom("attention_entries").selectAll().execute();
    expect(entries).toMatchObject([{ kind: "customer.another_address", subject_kind: "customer", times: 1 }]);
    expect(JSON.parse(entries[0]?.details ?? "")).toEqual({ order_id: "2", token: two.id, is_unknown: true });
  });

  test("a sale after the correction has its own address, and what was sold before has the corrected one", async () => {
    await using place = await openMailPlace(engine);
    const { call, run, mailed, server, shop } = place;
    const before = await sellToken(server, shop, sale(6, "a@example.com", "1"));
    await call("PATCH", "/api/customers/6", { email: "b@example.com" });
    const after = await sellToken(server, shop, sale(6, "c@example.com", "2"));
    // The one that was replaced is known, and still asks for a look.
    const late = await sellToken(server, shop, sale(6, "a@example.com", "3"));
    expect(late).toMatchObject({
      warnings: expect.arrayContaining([expect.stringContaining("is not the address of this customer")]) as unknown,
    });
    await run();
    mailed();
    for (const { id } of [before, after, late]) await call("POST", `/api/tokens/${id}/rotate`, {});
    await run();
    expect(mailed().map((mail) => mail.split(" ")[0])).toEqual(["b@example.com", "c@example.com", "a@example.com"]);
    // Corrected to one that a sale had: it is the customer's of all that was sold so far.
    await call("PATCH", "/api/customers/6", { email: "c@example.com" });
    for (const { id } of [before, after, late]) await call("POST", `/api/tokens/${id}/rotate`, {});
    await run();
    expect(new Set(mailed().map((mail) => mail.split(" ")[0]))).toEqual(new Set(["c@example.com"]));
    expect(mailed()).toEqual([]);
  });

  test("an address put right in the token's metadata counts for that token, until the customer's is corrected", async () => {
    await using place = await openMailPlace(engine, isGreylisted("typo"));
    const { call, run, mailed, log, server, shop } = place;
    const sold = await sellToken(server, shop, sale(6, "typo@example.com", "1"));
    await run();
    await call("PATCH", "/api/customers/6", { email: "typo.again@example.com" });
    const metadata = { customer_id: 6, customer_email: "right@example.com", order_id: "1" };
    await call("PATCH", `/api/tokens/${sold.id}`, { metadata });
    await call("PATCH", `/api/tokens/${sold.id}`, { metadata: { ...metadata, note: "relabelled" } });
    await run();
    expect(mailed()).toEqual(["right@example.com Your extension access token (order 1)"]);
    expect(await log()).toEqual([
      "ready sent right@example.com",
      "ready cancelled typo.again@example.com",
      "ready cancelled typo@example.com",
    ]);
    expect(await call("GET", "/api/customers/6")).toMatchObject({ email: "typo.again@example.com" });
  });

  test("the address in a grant's event, and that of a new owner, are corrections as well", async () => {
    await using place = await openMailPlace(engine);
    const { call, run, mailed, server, shop } = place;
    const now = server.clock.nowMs() / 1000;
    const sold = await sellToken(
      server,
      shop,
      sale(8, "a@example.com", "1", { access: "customer", allowed_package_prefixes: undefined }),
    );
    await run();
    mailed();
    const grant = { package: "acme/core", email: "b@example.com", expires_at: now + YEAR };
    await call("PUT", "/api/customers/8/grants/default/1/1", grant);
    await call("PUT", "/api/customers/8/grants/default/1/1", { ...grant, expires_at: now + 2 * YEAR });
    await call("POST", `/api/tokens/${sold.id}/rotate`, {});
    await run();
    expect(mailed()).toEqual(["b@example.com Your access was renewed", "b@example.com Your new access token"]);
    await call("POST", "/api/customers/8/transfer", { email: "owner@example.com" });
    await run();
    expect(mailed()).toEqual(["owner@example.com Your extension access token (order 1)"]);
    const found = async (email: string) => await listedIds(server, shop, `?customer_email=${email}`);
    expect([await found("owner@example.com"), await found("b@example.com"), await found("a@example.com")]).toEqual([
      [sold.id],
      [],
      [],
    ]);
  });

  // Between reading the mail and handing it over nothing else can look: the address is read by the one that sends.
  test("an address that changed behind the outbox's back gets no secret, until somebody looked at it", async () => {
    await using place = await openMailPlace(engine);
    const { run, mailed, log, server, shop } = place;
    await sellToken(server, shop, sale(9, "a@example.com", "1"));
    const { db } = server.core.database;
    await db.updateTable("customers").set({ email: "b@example.com" }).execute();
    await db.updateTable("tokens").set({ address_of: "customer" }).execute();
    await run();
    expect(mailed()).toEqual([]);
    expect(await log()).toEqual(["ready failed a@example.com"]);
    const [failed] = (await place.call("GET", "/api/mails")) as { id: string }[];
    await place.call("POST", `/api/mails/${failed?.id}/retry`);
    await run();
    expect(mailed()).toEqual(["b@example.com Your extension access token (order 1)"]);
  });

  test("a caller with a package bound learns nothing of a customer it does not see", async () => {
    await using place = await openMailPlace(engine);
    const { server, shop } = place;
    await sellToken(server, shop, {
      ...sale(4, "one@example.com", "1"),
      allowed_package_prefixes: ["globex/"],
    });
    const bounded = await server.createManagementToken({ scopes: [...SCOPES], prefixes: ["acme/"] });
    const sold = await sellToken(server, bounded, sale(4, "two@example.com", "2"));
    expect(sold).not.toHaveProperty("warnings");
    expect(await listedIds(server, bounded, "?customer_email=one@example.com")).toEqual([]);
    expect(await listedIds(server, bounded, "?customer_email=two@example.com")).toEqual([sold.id]);
    expect(new Set(await listedIds(server, shop, "?customer_email=one@example.com"))).toHaveProperty("size", 2);
  });
});
