import { readKeys, replaceKeys } from "../../platform/crypto/key-file.ts";
import { ringKey } from "../../platform/crypto/key-ring.ts";
import { recordForgottenKey, sealAuditEvents } from "../audit/index.ts";
import type { AuditWitness } from "../audit/index.ts";
import type { RotationDeps } from "./rotate-key.ts";

/**
 * Takes a retired key out of the ring, after the record that says so. In this order: a record that says it of a key
 * that is still there, because the process was killed between the two, hurts nobody, and the command can be repeated.
 */
export async function forgetKey(
  deps: RotationDeps & { auditWitness: Pick<AuditWitness, "signAnew"> },
  file: string | undefined,
  id: string,
): Promise<void> {
  await deps.database.transaction((trx) => recordForgottenKey(deps, trx, id));
  await sealAuditEvents(deps);
  await deps.auditWitness.signAnew();
  if (file === undefined) return;
  const keys = await readKeys(file);
  if (keys === undefined) return;
  await replaceKeys(file, { ...keys, retired: keys.retired.filter(({ key }) => ringKey(key).id !== id) });
}
