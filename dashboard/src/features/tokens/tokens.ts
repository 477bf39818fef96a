import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap, unwrapPage } from "../../api/client.ts";
import type { components, operations } from "../../api/generated/schema.d.ts";
import { endOfDay, dayOf } from "./expiry.ts";

export type Token = components["schemas"]["Token"];
export type TokenWithUsage = components["schemas"]["TokenWithUsage"];
export type NewToken = components["schemas"]["CreateToken"];
type TokenChange = components["schemas"]["UpdateToken"];

const DAY_SECONDS = 86_400;

/** As it stands in the address. */
export interface TokenFilter {
  q?: string;
  status?: string;
  /** Days within which an active token expires. */
  expiring?: string;
  package?: string;
  shop?: string;
}

type TokenQuery = NonNullable<operations["listTokens"]["parameters"]["query"]>;

/** What the API is asked for; "soon" ends with a day, so that the same question keeps its answer for a while. */
function queryOf({ q, status, expiring, package: packageName, shop }: TokenFilter): TokenQuery {
  const days = Number(expiring);
  const soon =
    expiring === undefined || !Number.isInteger(days) || days < 1
      ? {}
      : {
          ...{ status: "active" as const, sort: "expires_at" as const },
          expires_before: String(endOfDay(dayOf(Date.now() / 1000 + days * DAY_SECONDS))),
        };
  return {
    ...(q === undefined ? {} : { q }),
    ...(isState(status) ? { status } : {}),
    ...(packageName === undefined ? {} : { package: packageName }),
    ...(shop === undefined ? {} : { shop }),
    ...soon,
  };
}

function isState(text: string | undefined): text is NonNullable<TokenQuery["status"]> {
  return text !== undefined && ["active", "suspended", "expired", "revoked", "all"].includes(text);
}

export function useTokens(filter: TokenFilter, options: { limit?: number; enabled?: boolean } = {}) {
  const { limit = 50, enabled = true } = options;
  const query = queryOf(filter);
  return useInfiniteQuery({
    queryKey: ["tokens", "list", query, limit],
    queryFn: ({ pageParam }) =>
      unwrapPage(
        api.GET("/api/tokens", {
          params: { query: { ...query, limit: limit, ...(pageParam === "" ? {} : { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
    enabled,
  });
}

export function useToken(id: string, enabled = true) {
  return useQuery({
    queryKey: ["tokens", "one", id],
    enabled,
    queryFn: () => unwrap(api.GET("/api/tokens/{id}", { params: { path: { id } } })),
  });
}

/** To be called after every change: lists, customers, mails, charts and the audit log may all show something else now. */
export function useTokensChanged(): () => Promise<void> {
  const queryClient = useQueryClient();
  return async () => {
    const touched = new Set<unknown>(["tokens", "customers", "grants", "mails", "audit-events", "overview"]);
    await queryClient.invalidateQueries({ predicate: ({ queryKey }) => touched.has(queryKey[0]) });
  };
}

export async function changeToken(id: string, change: TokenChange): Promise<Token> {
  return await unwrap(api.PATCH("/api/tokens/{id}", { params: { path: { id } }, body: change }));
}

/** `why`: nothing brings it back. */
export async function revokeToken(id: string, query: { why?: "leaked"; reason?: string } = {}): Promise<void> {
  await unwrap(api.DELETE("/api/tokens/{id}", { params: { path: { id }, query } }));
}

/** Takes a revocation back. */
export async function restoreToken(id: string, body: { reason?: string }): Promise<Token> {
  return await unwrap(api.POST("/api/tokens/{id}/restore", { params: { path: { id } }, body }));
}

export async function suspendToken(id: string, body: { reason?: string }): Promise<Token> {
  return await unwrap(api.POST("/api/tokens/{id}/suspend", { params: { path: { id } }, body }));
}

export async function resumeToken(id: string, body: { reason?: string }): Promise<Token> {
  return await unwrap(api.POST("/api/tokens/{id}/resume", { params: { path: { id } }, body }));
}

/** A repetition with the same key gets the same secret again, where an answer was lost on its way. */
export async function rotateToken(id: string, body: { overlap_seconds: number; notify: boolean }, onceKey: string) {
  return await unwrap(
    api.POST("/api/tokens/{id}/rotate", {
      params: {
        path: { id },
        query: { include: "instructions" },
        header: { "idempotency-key": onceKey } as never,
      },
      body,
    }),
  );
}

export async function createToken(token: NewToken, shop: string | undefined) {
  const created = await unwrap(
    api.POST("/api/tokens", {
      params: { query: { include: "instructions", ...(shop === undefined ? {} : { shop }) } },
      body: token,
    }),
  );
  if (!("token" in created)) throw new Error("This order has a token already.");
  return created;
}

/** Names one attempt of a form. Not randomUUID, which plain http does not have. */
export function newOnceKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether composer gets with it what is granted to the customer; with a project token a part of that. */
export function readsGrants({ status, access }: Pick<Token, "status" | "access">): boolean {
  return status === "active" && access !== "own";
}

/** Who bought, by what the shop wrote beside the sale; 0 and empty mean a guest. */
export interface Buyer {
  customerId: string | undefined;
  email: string | undefined;
  orderId: string | undefined;
}

export function buyerOf({ metadata }: Pick<Token, "metadata">): Buyer {
  const text = (name: string) => {
    const value = metadata[name];
    return value === undefined || value === "" ? undefined : String(value);
  };
  const customerId = text("customer_id");
  return {
    customerId: customerId === "0" ? undefined : customerId,
    email: text("customer_email"),
    orderId: text("order_id"),
  };
}

/** What a person would call the token. */
export function nameOf(token: Pick<Token, "metadata" | "description">): string {
  return buyerOf(token).email ?? token.description;
}
