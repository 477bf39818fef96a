import { sql } from "kysely";
import { expect, test } from "vitest";
import { migrations } from "../../../migrations/index.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import { migrateToLatest } from "./index.ts";

const YEAR = 365 * 86_400;
const NOW = Math.floor(Date.now() / 1000);
const [SOLD, CORRECTED, ENDED] = [NOW - YEAR, NOW - YEAR / 2, NOW - YEAR / 4];

interface OldToken {
  id: string;
  customer?: string;
  email?: string;
  description?: string;
  revoked_at?: number;
  customer_revocation?: number;
  notify?: number;
  created_at?: number;
  expires_at?: number;
}

function token(given: OldToken) {
  const { id, customer = null, email = null, description = "x", revoked_at = null, customer_revocation = null } = given;
  const { notify = 1, created_at = SOLD, expires_at = null } = given;
  return sql`insert into tokens (id, shop, secret_hash, last_four, description, permissions, metadata, access, created_by,
      created_at, updated_at, customer, customer_email, revoked_at, customer_revocation, notify, expires_at)
    values (${id}, 'default', ${id}, 'abcd', ${description}, 'readonly', '{}', 'own', 'mgmt_1', ${created_at},
      ${created_at}, ${customer}, ${email}, ${revoked_at}, ${customer_revocation}, ${notify}, ${expires_at})`;
}

const customer = (id: string, email: string | null) =>
  sql`insert into customers (id, shop, customer_id, email, created_at, updated_at)
    values (${id}, 'default', ${id}, ${email}, ${SOLD}, ${SOLD})`;
const event = (id: string, action: string, whose: string, at: number) =>
  sql`insert into audit_events (id, occurred_at, actor_kind, action, target_kind, target_id, customer, details)
    values (${id}, ${at}, 'system', ${action}, 'customer', ${whose}, ${whose}, '{}')`;
const address = (whose: string, email: string) =>
  sql`insert into customer_addresses (customer, email, created_at) values (${whose}, ${email}, ${SOLD})`;

test.each(testEngines)(
  "after 0014 and 0015 what ended says why, and mails go where they went after the last correction, on %s",
  async (engine) => {
    const older = Object.entries(migrations).filter(([name]) => name < "0014");
    await using made = await createTestDatabase(engine, Object.fromEntries(older));
    const { db } = made.database;
    for (const statement of [
      sql`insert into shops values ('default', 1)`,
      sql`insert into management_tokens (id, name, secret_hash, last_four, scopes, shop, created_by, created_at)
        values ('mgmt_1', 'Shop', 'hash', 'abcd', '["tokens:write"]', 'default', 'cli', 1)`,
      customer("cust_corrected", "today@example.com"),
      customer("cust_resold", "sale@example.com"),
      customer("cust_given", null),
      address("cust_corrected", "before@example.com"),
      address("cust_corrected", "today@example.com"),
      token({ id: "token_alive", expires_at: ENDED }),
      token({ id: "token_one", revoked_at: ENDED }),
      token({ id: "token_all", customer: "cust_corrected", revoked_at: ENDED, customer_revocation: 1 }),
      token({ id: "token_erased", revoked_at: ENDED, description: "Erased", notify: 0 }),
      token({ id: "token_given", customer: "cust_given", revoked_at: ENDED }),
      event("evt_given", "customer.transferred", "cust_given", ENDED),
      token({ id: "token_before", customer: "cust_corrected", email: "before@example.com" }),
      token({ id: "token_since", customer: "cust_corrected", email: "other@example.com", created_at: ENDED }),
      token({ id: "token_resold", customer: "cust_resold", email: "before@example.com" }),
      event("evt_corrected", "customer.updated", "cust_corrected", CORRECTED),
      event("evt_resold", "customer.updated", "cust_resold", CORRECTED),
      sql`insert into audit_personal_values (event, customer, nonce, personal_values) values
        ('evt_corrected', 'cust_corrected', 'n', '{"after":{"email":"today@example.com"}}'),
        ('evt_resold', 'cust_resold', 'n', '{"after":{"email":"corrected@example.com"}}')`,
    ]) {
      await statement.execute(db);
    }
    await migrateToLatest(db, migrations);

    const tokens = await db.selectFrom("tokens").selectAll().execute();
    const of = (id: string) => tokens.find((row) => row.id === id);
    expect(tokens.map(({ id, revoked_why }) => [id, revoked_why]).sort()).toEqual(
      [
        ["token_alive", null],
        ["token_one", "revoked"],
        ["token_all", "customer"],
        ["token_erased", "erased"],
        ["token_given", "transferred"],
        ["token_before", null],
        ["token_since", null],
        ["token_resold", null],
      ].sort(),
    );
    // The correction came after the sale; a sale after it says where its own order's mails go.
    expect(of("token_before")?.address_of).toBe("customer");
    expect(of("token_since")?.address_of).toBe("order");
    // Another sale replaced the corrected address since.
    expect(of("token_resold")?.address_of).toBe("order");
    const addresses = await db.selectFrom("customer_addresses").selectAll().execute();
    expect(addresses.filter(({ replaced_at }) => replaced_at !== null).map(({ email }) => email)).toEqual([
      "before@example.com",
    ]);
    // What ended long ago is news to nobody.
    expect(of("token_alive")).toMatchObject({ expiring_told: ENDED, expired_told: ENDED });
  },
);
