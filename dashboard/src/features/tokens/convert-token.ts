import { api, unwrap } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";
import { buyerOf } from "./tokens.ts";
import type { Token } from "./tokens.ts";

export type ConversionPreview = components["schemas"]["ConversionPreview"];
type ConvertedToken = components["schemas"]["ConvertedToken"];

/** Whether a token opens only what it was sold with, and has a customer who may have more. */
export function canOpenCustomer(token: Pick<Token, "access" | "status" | "metadata">): boolean {
  if (token.status !== "active" && token.status !== "expired") return false;
  return token.access === "own" && buyerOf(token).customerId !== undefined;
}

export async function previewConversion(id: string): Promise<ConversionPreview> {
  return await unwrap(api.POST("/api/tokens/{id}/convert/preview", { params: { path: { id } }, body: {} }));
}

export async function convertToken(
  id: string,
  body: { same_person: boolean; reason?: string },
  onceKey: string,
): Promise<ConvertedToken> {
  return await unwrap(
    api.POST("/api/tokens/{id}/convert", {
      params: { path: { id }, header: { "idempotency-key": onceKey } as never },
      body,
    }),
  );
}
