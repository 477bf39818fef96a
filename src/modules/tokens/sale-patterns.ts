import { AppError } from "../../platform/errors.ts";
import type { Principal } from "../callers/index.ts";
import { EVERYTHING_PATTERN, patternsOutsideBound, readPatterns } from "../grants/index.ts";
import type { TokenMetadata } from "./token-metadata.ts";
import type { CreateTokenBody } from "./token-schemas.ts";

/** Without them it would read nothing, or all. */
export const NEEDED_BY_PROJECT = "is needed by a project token: name the part of the customer's packages it is for";

/** What a new token opens by itself, or is narrowed to; what is wrong with the body besides goes to `errors`. */
export function readTokenPatterns(
  caller: Principal,
  input: CreateTokenBody,
  metadata: TokenMetadata,
  errors: { pointer: string; detail: string }[],
): string[] {
  const { access } = input;
  if ((access === "customer" || access === "project") && metadata.customerId === undefined) {
    errors.push({ pointer: "/access", detail: `is "${access}", which needs /metadata/customer_id` });
  }
  if (input.unique_by === "order" && metadata.orderId === undefined) {
    errors.push({ pointer: "/unique_by", detail: 'is "order", which needs /metadata/order_id' });
  }
  const readsCustomer = access === "customer" || (access !== "project" && access !== "own" && hasCredential(caller));
  if (input.unique_by === "customer" && (!readsCustomer || metadata.customerId === undefined)) {
    errors.push({ pointer: "/unique_by", detail: 'is "customer", which needs "access": "customer" and a customer' });
  }
  const given = input.allowed_package_prefixes ?? undefined;
  if (given === undefined) {
    if (access === "project") errors.push({ pointer: "/allowed_package_prefixes", detail: NEEDED_BY_PROJECT });
    return access === "customer" ? [] : defaultPatterns(caller);
  }
  const read = readPatterns(given, "/allowed_package_prefixes");
  errors.push(...read.errors);
  if (read.errors.length === 0) refuseOutsideBound(caller, read.patterns);
  return read.patterns;
}

function hasCredential({ saleDefaults }: Principal): boolean {
  return saleDefaults?.credential === "customer";
}

/** Omitted prefixes mean whatever the management token itself may grant. */
export function defaultPatterns(caller: { packageBound: readonly string[] | null }): string[] {
  return caller.packageBound === null ? [EVERYTHING_PATTERN] : [...caller.packageBound];
}

/** Nobody mints wider than their own bound. */
export function refuseOutsideBound(
  caller: { packageBound: readonly string[] | null },
  patterns: readonly string[],
): void {
  if (caller.packageBound === null) return;
  const outside = patternsOutsideBound(patterns, caller.packageBound);
  if (outside.length === 0) return;
  const detail = `reaches past this management token, which may grant ${caller.packageBound.join(", ")}: ${outside.join(", ")}`;
  throw new AppError("auth.outside_bound", `/allowed_package_prefixes ${detail}`, {
    errors: [{ pointer: "/allowed_package_prefixes", detail }],
  });
}
