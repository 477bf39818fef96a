import type { Db } from "../../schema.ts";
import type { UserDeps } from "../users/index.ts";
import { replaceRecoveryCodes } from "./account-queries.ts";
import { hashRecoveryCode, newRecoveryCodes } from "./totp.ts";

/** Ten new ones, which are shown this once; those before work no more. */
export async function storeRecoveryCodes(deps: Pick<UserDeps, "cipher">, trx: Db, user: string): Promise<string[]> {
  const codes = newRecoveryCodes();
  const hashes = codes.map((code) => hashRecoveryCode(deps.cipher, user, code));
  await replaceRecoveryCodes(
    trx,
    user,
    hashes.filter((hash) => hash !== undefined),
  );
  return codes;
}
