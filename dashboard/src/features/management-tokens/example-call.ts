/**
 * A call to try a token with, on this very server: what it is most likely made for. The secret is asked for when the
 * command runs, so that it is neither in the shell's history nor in the list of processes. One command for bash,
 * however many lines, because `read` would take the next line of what is pasted for the secret.
 */
export function exampleCall(
  publicUrl: string,
  token: { scopes: readonly string[]; package_bound: readonly string[] | null },
  nowSeconds: number,
): { title: string; code: string } | undefined {
  if (token.scopes.includes("tokens:write")) {
    const body = {
      description: "Customer: customer@example.com (Order: 12345)",
      expires_at: aYearAfter(nowSeconds),
      ...(token.package_bound === null ? {} : { allowed_package_prefixes: token.package_bound }),
      metadata: { customer_id: "cust_123", customer_email: "customer@example.com", order_id: "order_12345" },
    };
    const lines = [
      `${ASK_FOR_SECRET}curl -X POST ${publicUrl}/api/tokens \\`,
      `  -H @- -H "Content-Type: application/json" \\`,
      `  -d ${shellQuoted(JSON.stringify(body, null, 2))} ${HAND_OVER}`,
    ];
    return { title: "Create a customer token", code: lines.join("\n") };
  }
  const read = token.scopes.find((scope) => READABLE[scope] !== undefined);
  if (read === undefined) return undefined;
  const code = `${ASK_FOR_SECRET}curl ${publicUrl}${READABLE[read] ?? ""} \\\n  -H @- ${HAND_OVER}`;
  return { title: "Try it", code };
}

const ASK_FOR_SECRET = `read -rsp "Paste the management token: " SECRET && echo >&2 && \\\n `;
/** `-H @-`: curl reads the header from its input. */
const HAND_OVER = `<<< "Authorization: Bearer $SECRET"`;

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

/** By the calendar: 365 days lose one where a leap day lies between. */
function aYearAfter(seconds: number): number {
  const date = new Date(seconds * 1000);
  date.setUTCFullYear(date.getUTCFullYear() + 1);
  return Math.floor(date.getTime() / 1000);
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
