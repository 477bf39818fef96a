import type { AuditRow } from "./audit-queries.ts";

/** How much its reader is shown of the log: which records there are, and what they say about people. */
export interface RecordSight {
  /** Of users of the dashboard: their e-mail addresses, and where they log in from. */
  people: boolean;
  /** Of a reader for whom not everything exists; absent for others. */
  bounded?: BoundedSight;
}

export interface BoundedSight {
  /** Which of these, by id, exist for the reader. */
  amongVisible: (ids: { tokens: string[]; customers: string[] }) => Promise<ReadonlySet<string>>;
  /** Whether what is said of a change names a package that does not exist for the reader. */
  namesHidden: (details: unknown) => boolean;
}

export const WHOLE_SIGHT: RecordSight = { people: true };

/** The records that do not exist for the reader: of whom, and of what, does not. With one question for all of them. */
export async function findHiddenRecords(
  { bounded }: RecordSight,
  rows: readonly AuditRow[],
): Promise<ReadonlySet<AuditRow>> {
  if (bounded === undefined) return new Set();
  const idsOf = (kind: string) => [
    ...new Set(rows.filter((row) => row.target_kind === kind).map((row) => row.target_id)),
  ];
  const visible = await bounded.amongVisible({ tokens: idsOf("token"), customers: idsOf("customer") });
  const isHidden = (row: AuditRow) => {
    const isOfCustomer = row.target_kind === "token" || row.target_kind === "customer";
    if (isOfCustomer && !visible.has(row.target_id)) return true;
    // Of whom an entry is that has no customer is not in its record.
    if (row.target_kind === "attention") return true;
    // The chain is of all packages.
    if (row.target_kind === "audit") return true;
    return bounded.namesHidden(JSON.parse(row.details));
  };
  return new Set(rows.filter(isHidden));
}

/** Whether the reader is not shown what identifies somebody. */
export function isVeiled({ people }: RecordSight, row: AuditRow): boolean {
  return !people && isAboutUsers(row);
}

/** A refused log-in comes from where somebody works. */
function isAboutUsers(row: AuditRow): boolean {
  if (row.target_kind !== "credential") return ["user", "session", "setting", "shop"].includes(row.target_kind);
  return (JSON.parse(row.details) as { after?: { surface?: unknown } }).after?.surface === "dashboard";
}
