import { randomBase62 } from "./secrets.ts";

export type IdPrefix = "token" | "cust" | "grant" | "mgmt" | "src" | "evt" | "run" | "req";

/** A public id such as `token_4fJ…`: 20 random base62 characters (119 bits), so ids can be made on any instance. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${randomBase62(20)}`;
}
