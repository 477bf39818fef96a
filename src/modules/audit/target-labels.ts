import type { Db } from "../../schema.ts";
import type { AuditRow } from "./audit-queries.ts";
import {
  DESCRIPTION_LENGTH_MAX,
  findCustomerLabels,
  findLabelledTokens,
  findManagementTokenNames,
  findSourceNames,
  findUserNames,
} from "./label-queries.ts";
import type { LabelledToken } from "./label-queries.ts";

/**
 * What people call the targets of records, by the targets' ids. Looked up when records are read, in what there is now:
 * what was erased there is not shown here.
 */
export async function findTargetLabels(
  db: Db,
  rows: readonly Pick<AuditRow, "target_kind" | "target_id">[],
): Promise<Map<string, string>> {
  const labels = new Map<string, string>();
  for (const [kind, ofKind] of Map.groupBy(rows, (row) => row.target_kind)) {
    const ids = [...new Set(ofKind.map((row) => row.target_id))];
    for (const [id, label] of await labelsOfKind(db, kind, ids)) labels.set(id, label);
  }
  return labels;
}

async function labelsOfKind(db: Db, kind: string, ids: readonly string[]): Promise<Iterable<[string, string]>> {
  switch (kind) {
    case "token":
      return (await findLabelledTokens(db, ids)).map((token) => [token.id, labelOf(token)]);
    case "customer":
      return await findCustomerLabels(db, ids);
    case "source":
      return await findSourceNames(db, ids);
    case "management_token":
      return await findManagementTokenNames(db, ids);
    case "user":
      return await findUserNames(db, ids);
    case "package":
      // Its id is its name.
      return ids.map((id) => [id, id]);
    default:
      return [];
  }
}

function labelOf({ email, description, last_four }: LabelledToken): string {
  return `${email ?? shortened(description)} …${last_four}`;
}

function shortened(description: string): string {
  const characters = Array.from(description);
  const isLonger = characters.length > DESCRIPTION_LENGTH_MAX;
  const text = characters.slice(0, DESCRIPTION_LENGTH_MAX).join("").replaceAll(/\s+/g, " ").trim();
  return isLonger ? `${text}…` : text;
}
