import { randomBase62 } from "./secrets.ts";

export type IdPrefix =
  | "attn"
  | "hook"
  | "msg"
  | "dlv"
  | "token"
  | "cust"
  | "grant"
  | "mgmt"
  | "src"
  | "evt"
  | "run"
  | "req"
  | "user"
  | "sess"
  | "link"
  | "passkey"
  | "mail"
  | "move"
  | "flush";

/** A public id such as `token_4fJ…`: 20 random base62 characters (119 bits), so ids can be made on any instance. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${randomBase62(20)}`;
}

let lastMs = 0;
let withinMs = 0;

/**
 * An id that sorts by the time it was made at, in this process also within a millisecond: nine base36 digits of the
 * time, four of a counter, and chance. Lower-case before the chance, because locales of PostgreSQL sort cases together.
 */
export function newTimeOrderedId(prefix: IdPrefix, nowMs: number): string {
  withinMs = nowMs === lastMs ? withinMs + 1 : 0;
  lastMs = nowMs;
  return `${prefix}_${nowMs.toString(36).padStart(9, "0")}${withinMs.toString(36).padStart(4, "0")}${randomBase62(10)}`;
}
