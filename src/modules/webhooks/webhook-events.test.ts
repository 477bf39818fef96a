import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { startWebhookReceiver } from "../../testing/webhook-receiver.ts";
import { sealAuditEvents } from "../audit/index.ts";
import { SCOPES } from "../callers/index.ts";

describe.each(testEngines)("what a webhook is told on %s", (engine) => {
  test("of everything that is suspended, ended, taken back and given away: whose, which order, and why not to whom", async () => {
    await using server = await startTestServer(engine);
    await using receiver = await startWebhookReceiver();
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    const call = async (path: string, body: object = {}, method = "POST") => {
      const answer = await server.api(method, path, shop, body);
      expect(answer.status, `${path} ${answer.text}`).toBeLessThan(300);
      return answer.json() as { move: string };
    };
    await call("/api/webhooks", { url: receiver.url, events: ["*"] });
    const sell = (customer_id: string, order_id: string) =>
      sellToken(server, shop, {
        metadata: { customer_id, customer_email: `${customer_id}@example.com`, order_id, customer_name: "Ada Byron" },
      });
    const [first, second] = [await sell("ada", "A-1"), await sell("ada", "A-2")];
    await sell("bob", "B-1");
    const reason = "chargeback of Ada Byron";
    for (const verb of ["suspend", "resume", "revoke", "restore"]) await call(`/api/orders/A-1/${verb}`, { reason });
    for (const verb of ["suspend", "resume"]) await call(`/api/customers/ada/${verb}`, { reason });
    for (const verb of ["suspend", "resume"]) await call(`/api/tokens/${second.id}/${verb}`, { reason });
    await call(`/api/tokens/${second.id}`, {}, "DELETE");
    await call(`/api/tokens/${second.id}/restore`, { reason });
    await call(`/api/tokens/${second.id}/move`, { customer_id: "bob" });
    await call("/api/orders/A-1/move", { to_customer_id: "bob" });
    const third = await sell("eve", "E-1");
    await call(`/api/tokens/${third.id}/convert`);
    const { move } = await call("/api/customers/ada/merge", { into: "bob" });
    await call(`/api/moves/${move}/undo`);
    for (let round = 0; round < 40; round++) {
      await sealAuditEvents(server.core);
      await server.application.webhooks.runDue();
    }
    const told = (type: string) => receiver.received.filter((message) => message.type === type).map(({ data }) => data);
    const ada = { shop: "default", customer_id: "ada", customer_email: "ada@example.com" };
    for (const type of ["order.suspended", "order.resumed", "order.revoked", "order.restored"]) {
      expect(told(type), type).toMatchObject([{ ...ada, order_id: "A-1" }]);
    }
    for (const type of ["customer.suspended", "customer.resumed"]) expect(told(type), type).toMatchObject([ada]);
    const suspended = told("token.suspended").map((data) => [data["id"], data["order_id"]]);
    // With its order, with its customer, and by itself.
    expect(suspended).toEqual(
      expect.arrayContaining([
        [first.id, "A-1"],
        [second.id, "A-2"],
      ]),
    );
    expect(told("token.resumed")).toHaveLength(suspended.length);
    expect(told("token.restored").map((data) => data["id"])).toEqual(expect.arrayContaining([first.id, second.id]));
    const moved = told("token.moved").find((data) => data["id"] === second.id);
    expect(moved).toMatchObject({ customer_id: "bob", customer_email: "bob@example.com", order_id: "A-2" });
    expect(told("order.moved")).toMatchObject([{ customer_id: "bob", order_id: "A-1" }]);
    expect(told("customer.merged")).toMatchObject([{ customer_id: "ada", into_customer_id: "bob" }]);
    expect(told("customer.unmerged")).toHaveLength(1);
    expect(told("token.updated")).toMatchObject([
      { id: third.id, before: { access: "own" }, after: { access: "customer" } },
    ]);
    // Reasons and names are about people, and stay on this server.
    for (const { body } of receiver.received) expect(body).not.toMatch(/chargeback|Byron|pb[tm]_/);
  });
});
