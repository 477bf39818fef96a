import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { compileFunction } from "node:vm";

/** What the guide's Node handler finds around it in a shop. */
export interface NodeShop {
  readonly sendTokenToCustomer: (
    email: string | undefined,
    token: string,
    orderId: string | number | undefined,
  ) => Promise<void>;
  readonly console: { readonly error: (...values: unknown[]) => void };
}

/** The guide's `handlePurchase`. */
export type HandlePurchase = (purchase: unknown) => Promise<unknown>;

/**
 * Loads a CommonJS handler as Node would, in a function whose parameters are its surroundings. The guide's file exports
 * nothing and calls a function that only the shop has, so the export is added here, at load time, and the file on disk
 * stays what the guide says. `require` is that of this project: it finds axios in node_modules.
 */
export async function loadNodeHandler(file: string, shop: NodeShop): Promise<HandlePurchase> {
  const source = await readFile(file, "utf8");
  const run = compileFunction(
    `${source}\nmodule.exports = { handlePurchase };`,
    ["exports", "require", "module", "__filename", "__dirname", "sendTokenToCustomer", "console"],
    { filename: file },
  ) as (...surroundings: unknown[]) => void;
  const module: { exports: { handlePurchase?: HandlePurchase } } = { exports: {} };
  const require = createRequire(import.meta.url);
  run(module.exports, require, module, file, path.dirname(file), shop.sendTokenToCustomer, shop.console);
  const { handlePurchase } = module.exports;
  if (handlePurchase === undefined) throw new Error(`${file} defines no handlePurchase.`);
  return handlePurchase;
}
