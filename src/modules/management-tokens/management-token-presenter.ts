import type { Stability } from "../../composer/index.ts";
import type { ManagementTokenRow } from "./management-token-queries.ts";
import { networksOf } from "./token-networks.ts";

/** A management token as lists show it: everything but the secret. */
export interface ManagementTokenSummary {
  id: string;
  name: string;
  last_four: string;
  scopes: string[];
  shop: string;
  package_bound: string[] | null;
  allowed_networks: string[] | null;
  unique_by: "order" | "customer" | null;
  credential: "customer" | null;
  notify: boolean;
  grace_days: number | null;
  stability: Stability | null;
  expires_at: number | null;
  created_at: number;
  revoked_at: number | null;
  last_used_at: number | null;
  last_used_address: string | null;
  status: "active" | "expired" | "revoked";
}

export function presentManagementToken(row: ManagementTokenRow, now: number): ManagementTokenSummary {
  const isExpired = row.expires_at !== null && row.expires_at <= now;
  return {
    id: row.id,
    name: row.name,
    last_four: row.last_four,
    scopes: scopesOf(row),
    shop: row.shop,
    package_bound: boundOf(row),
    allowed_networks: networksOf(row),
    unique_by: row.unique_by,
    credential: row.credential,
    notify: row.notify === 1,
    grace_days: row.grace_days,
    stability: row.stability,
    expires_at: row.expires_at,
    created_at: row.created_at,
    revoked_at: row.revoked_at,
    last_used_at: row.last_used_at,
    last_used_address: row.last_used_address,
    status: row.revoked_at !== null ? "revoked" : isExpired ? "expired" : "active",
  };
}

export function scopesOf(row: Pick<ManagementTokenRow, "scopes">): string[] {
  return JSON.parse(row.scopes) as string[];
}

export function boundOf(row: Pick<ManagementTokenRow, "package_bound">): string[] | null {
  return row.package_bound === null ? null : (JSON.parse(row.package_bound) as string[]);
}
