import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";

// Nothing listens there: a mail counts from when it is in the outbox.
const MAIL = { SMTP_URL: "smtp://127.0.0.1:1", MAIL_FROM: "broker@acme.example" };
const metadata = { customer_id: "7", customer_email: "ann@example.com", order_id: "o-1" };
const sale = { description: "A sale", notify: true, metadata };

async function rotated(server: TestServer, shop: string, id: string, body: object): Promise<unknown> {
  const { mailed } = (await server.api("POST", `/api/tokens/${id}/rotate`, shop, body)).json() as { mailed: unknown };
  return mailed;
}

describe.each(testEngines)("`mailed` of a new secret on %s", (engine) => {
  test("is true where a mail goes out, and false where nobody is mailed, whatever `notify` says", async () => {
    await using server = await startTestServer(engine, MAIL);
    server.application.mails.pause();
    const shop = await server.createManagementToken();
    const told = await sellToken(server, shop, sale);
    const untold = await sellToken(server, shop, { ...sale, notify: false });
    const nobody = await sellToken(server, shop, { ...sale, metadata: { order_id: "o-2" } });
    // What else an answer warns of is not about mail.
    expect(told).toMatchObject({ mailed: true, warnings: [expect.stringContaining("every package") as unknown] });
    expect([untold, nobody]).toMatchObject([{ mailed: false }, { mailed: false }]);
    const bodies = [{}, { notify: false }, { notify: true }];
    const ofTold = [];
    for (const body of bodies) ofTold.push(await rotated(server, shop, told.id, body));
    expect(ofTold).toEqual([true, false, true]);
    expect(await rotated(server, shop, nobody.id, {})).toBe(false);
  });

  test("is false of a repeated sale, which mails nobody again, and without a mail server", async () => {
    await using server = await startTestServer(engine, MAIL);
    server.application.mails.pause();
    const shop = await server.createManagementToken({ uniqueBy: "order" });
    expect(await sellToken(server, shop, sale)).toMatchObject({ mailed: true });
    expect(await sellToken(server, shop, sale)).toMatchObject({ mailed: false, duplicate: true });
    await using silent = await startTestServer(engine);
    const token = await silent.createManagementToken();
    const sold = await sellToken(silent, token, sale);
    expect(sold).toMatchObject({ mailed: false });
    expect(await rotated(silent, token, sold.id, { notify: true })).toBe(false);
  });
});
