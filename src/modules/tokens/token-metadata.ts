import type { FieldError } from "../../platform/errors.ts";

const KEYS_MAX = 50;
const BYTES_MAX = 16 * 1024;

export type MetadataValue = string | number | boolean;

/** What a shop said of a sale, and what we read from it. */
export interface TokenMetadata {
  /** As sent, without the nulls (null = absent: the spec's PHP handler sends `"order_id": null`). */
  values: Record<string, MetadataValue>;
  /** Undefined where there is no customer: guest orders have `0`, `""` or null. */
  customerId: string | undefined;
  customerEmail: string | undefined;
  orderId: string | undefined;
}

/**
 * Reads and bounds `metadata`; every problem by its pointer. 42 and "42" name one customer, and blanks around an id are
 * none of it; around a customer's they are left to whoever looks it up, who may know one of exactly that id.
 */
export function readMetadata(input: Record<string, MetadataValue | null> | null | undefined): {
  metadata: TokenMetadata;
  errors: FieldError[];
} {
  const entries = Object.entries(input ?? {}).filter((entry): entry is [string, MetadataValue] => entry[1] !== null);
  const values = Object.fromEntries(entries);
  const errors: FieldError[] = [];
  if (entries.length > KEYS_MAX) errors.push({ pointer: "/metadata", detail: `has more than ${KEYS_MAX} keys` });
  if (Buffer.byteLength(JSON.stringify(values)) > BYTES_MAX) {
    errors.push({ pointer: "/metadata", detail: `is larger than ${BYTES_MAX} bytes as JSON` });
  }
  const read = (key: string) => {
    const { text, error } = readReference(values[key], key);
    if (error !== undefined) errors.push(error);
    return text;
  };
  const customerId = read("customer_id");
  return {
    metadata: {
      values,
      customerId: isNobody(customerId) ? undefined : customerId,
      customerEmail: read("customer_email"),
      orderId: trimmed(read("order_id")),
    },
    errors,
  };
}

/** Guest orders have 0 where a customer's id would be, or nothing. */
function isNobody(customerId: string | undefined): boolean {
  return ["", "0"].includes(customerId?.trim() ?? "");
}

/** Undefined where there are only blanks. */
function trimmed(text: string | undefined): string | undefined {
  return text?.trim() === "" ? undefined : text?.trim();
}

function readReference(value: MetadataValue | undefined, key: string): { text?: string; error?: FieldError } {
  const refuse = (detail: string) => ({ error: { pointer: `/metadata/${key}`, detail } });
  if (value === undefined || value === "") return {};
  if (typeof value === "boolean") return refuse("must be a string or a whole number, not a boolean");
  if (typeof value === "number" && !Number.isSafeInteger(value)) return refuse("must be a string or a whole number");
  const text = String(value);
  if (text.length > 255) return refuse("is longer than 255 characters");
  return { text };
}

/** E-mail addresses are found without regard to case. */
export function searchableEmail(email: string): string {
  return email.trim().toLowerCase();
}
