import type { TestServer } from "./test-server.ts";

/** A grant as PUT and DELETE answer it. */
export interface GrantAnswer {
  status: string;
  packages: string[];
  constraint: string | null;
  stability: string | null;
  updates_until: number | null;
  starts_at: number | null;
  expires_at: number | null;
  dependencies: string[];
  occurred_at: number | null;
  cancelled_at: number | null;
  applied: boolean;
  reason: string | null;
  warnings: string[];
}

/** The grants of a customer, as a shop drives them. */
export interface GrantShop {
  put(line: string, body: Record<string, unknown>, status?: number): Promise<GrantAnswer>;
  cancel(line: string, query?: string): Promise<GrantAnswer>;
  cancelOrder(query?: string): Promise<{ lines: (GrantAnswer & { line: string })[] }>;
  get(line: string): Promise<GrantAnswer>;
}

/** Calls for order `order` of one customer; each must succeed, PUT with 200 or 201 unless told. */
export function grantShop(server: TestServer, by: string, customerId = "42"): GrantShop {
  const at = `/api/customers/${encodeURIComponent(customerId)}/grants/default/order`;
  const call = async <T>(method: string, path: string, body?: unknown, status?: number): Promise<T> => {
    const answer = await server.api(method, path, by, body);
    const isExpected = status === undefined ? answer.status < 300 : answer.status === status;
    if (!isExpected) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    return answer.json() as T;
  };
  return {
    put: (line, body, status) => call("PUT", `${at}/${line}`, body, status),
    cancel: (line, query = "") => call("DELETE", `${at}/${line}${query}`),
    cancelOrder: (query = "") => call("DELETE", `${at}${query}`),
    get: (line) => call("GET", `${at}/${line}`),
  };
}
