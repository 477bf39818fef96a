import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { loadNodeHandler } from "./node-handler.ts";
import { makeTemporaryDirectory } from "./temporary-directory.ts";

const GUIDE_HOST = "https://package-broker.example.com";
const GUIDE_TOKEN = "your-management-api-token";
const GUIDE_PREFIX = "your-vendor/";

/** The handlers of the guide, each a code block of it as it stands. */
export type SpecHandler = "webhook-handler.php" | "revoke-token.php" | "webhook-handler.cjs";

/** The two strings a shop has to put into the guide's code, and the vendor it sells for. */
export interface ShopSettings {
  /** Where PACKAGE.broker is, without a slash at the end: `http://127.0.0.1:8080`. */
  readonly brokerUrl: string;
  readonly managementToken: string;
  /** Replaces the guide's `your-vendor/`; without it the handler keeps that prefix. */
  readonly vendorPrefix?: string;
}

/** A mail that the shop sent to a customer. */
export interface SentMail {
  readonly email: string | null;
  readonly token: string;
  readonly orderId: string | number | null;
}

/** What a purchase through the Node handler came to. */
export interface NodePurchase {
  /** What `handlePurchase` returned; undefined when it threw. */
  readonly result: unknown;
  /** What it threw; undefined when it returned. */
  readonly error: unknown;
  readonly mails: readonly SentMail[];
  /** The arguments of each `console.error`. */
  readonly errors: readonly (readonly unknown[])[];
}

/** The path of a text that was copied out of the guide. */
export function specFixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/spec/${name}`, import.meta.url));
}

/** Copies a handler into a shop's directory, with nothing changed but the strings a shop has to put in. */
export async function copyHandler(name: SpecHandler, directory: string, settings: ShopSettings): Promise<string> {
  const source = await readFile(specFixture(name), "utf8");
  const replaced = withShopStrings(source, settings);
  const file = path.join(directory, name);
  await writeFile(file, replaced);
  return file;
}

/** The guide's text with the shop's host, token and vendor in it. */
export function withShopStrings(text: string, settings: ShopSettings): string {
  const configured = text.replaceAll(GUIDE_HOST, settings.brokerUrl).replaceAll(GUIDE_TOKEN, settings.managementToken);
  return settings.vendorPrefix === undefined ? configured : configured.replaceAll(GUIDE_PREFIX, settings.vendorPrefix);
}

/** The body of the guide's own API call, as it stands but for the vendor. */
export async function specTokenRequest(vendorPrefix?: string): Promise<string> {
  const text = await readFile(specFixture("create-token-request.json"), "utf8");
  return vendorPrefix === undefined ? text : text.replaceAll(GUIDE_PREFIX, vendorPrefix);
}

/** Runs the guide's Node handler (with the real axios) for one purchase. */
export async function runNodePurchase(purchase: unknown, settings: ShopSettings): Promise<NodePurchase> {
  await using directory = await makeTemporaryDirectory("node-shop");
  const file = await copyHandler("webhook-handler.cjs", directory.path, settings);
  const mails: SentMail[] = [];
  const errors: unknown[][] = [];
  const handlePurchase = await loadNodeHandler(file, {
    sendTokenToCustomer: (email, token, orderId) => {
      // A shop that is called without an order prints "undefined"; null is what it would store.
      mails.push({ email: email ?? null, token, orderId: orderId ?? null });
      return Promise.resolve();
    },
    console: { error: (...values: unknown[]) => errors.push(values) },
  });
  try {
    return { result: await handlePurchase(purchase), error: undefined, mails, errors };
  } catch (error) {
    return { result: undefined, error, mails, errors };
  }
}
