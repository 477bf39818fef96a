import { createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { messageOf } from "../../platform/errors.ts";

/** As GitHub publishes them for partners of its secret scanning. */
const KeysFile = z.object({
  public_keys: z.array(z.object({ key_identifier: z.string().min(1), key: z.string() })).min(1),
});

/** Public keys of scanners, by their identifiers. Throws with the remedy: the text is for the operator. */
export async function readScannerKeys(file: string | undefined): Promise<ReadonlyMap<string, KeyObject>> {
  if (file === undefined) return new Map();
  try {
    const { public_keys } = KeysFile.parse(JSON.parse(await readFile(file, "utf8")));
    return new Map(public_keys.map(({ key_identifier, key }) => [key_identifier, readKey(key)]));
  } catch (cause) {
    const message = `LEAK_REPORT_KEYS ${file} cannot be used: it must hold {"public_keys": [{"key_identifier", "key"}]} with PEM keys on the curve P-256 (${messageOf(cause).split("\n")[0] ?? ""})`;
    throw new Error(message, { cause });
  }
}

function readKey(pem: string): KeyObject {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw new Error("a key is not on the curve P-256");
  return key;
}
