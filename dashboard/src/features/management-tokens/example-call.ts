/** A call to try the token with, on this very server: what it is most likely made for. */
export function exampleCall(
  publicUrl: string,
  secret: string,
  token: { scopes: readonly string[]; package_bound: readonly string[] | null },
): { title: string; code: string } | undefined {
  const header = `  -H "Authorization: Bearer ${secret}"`;
  if (token.scopes.includes("tokens:write")) {
    const body = {
      description: "Customer: customer@example.com (Order: 12345)",
      ...(token.package_bound === null ? {} : { allowed_package_prefixes: token.package_bound }),
      metadata: { customer_id: "cust_123", customer_email: "customer@example.com", order_id: "order_12345" },
    };
    const lines = [
      `curl -X POST ${publicUrl}/api/tokens \\`,
      `${header} \\`,
      `  -H "Content-Type: application/json" \\`,
      `  -d ${shellQuoted(JSON.stringify(body, null, 2))}`,
    ];
    return { title: "Create a customer token", code: lines.join("\n") };
  }
  const read = token.scopes.find((scope) => READABLE[scope] !== undefined);
  if (read === undefined) return undefined;
  return { title: "Try it", code: [`curl ${publicUrl}${READABLE[read] ?? ""} \\`, header].join("\n") };
}

const READABLE: Partial<Record<string, string>> = {
  "tokens:read": "/api/tokens",
  "customers:read": "/api/customers",
  "packages:read": "/api/packages",
  "sources:read": "/api/sources",
  "audit:read": "/api/audit-events",
  "users:read": "/api/users",
  "settings:read": "/api/settings",
  "management_tokens:read": "/api/management-tokens",
};

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
