import type { AuditRow } from "./audit-queries.ts";

/** How much its reader is shown of what a record says about people: personal values, and what targets are called. */
export interface RecordSight {
  /** Of users of the dashboard: their e-mail addresses, and where they log in from. */
  people: boolean;
  /** Which of these, by id, exist for the reader; absent where all do. */
  amongVisible?: (ids: { tokens: string[]; customers: string[] }) => Promise<ReadonlySet<string>>;
}

export const WHOLE_SIGHT: RecordSight = { people: true };

/** The records of which the reader is not shown what identifies somebody; with one question for all of them. */
export async function findVeiledRecords(sight: RecordSight, rows: readonly AuditRow[]): Promise<Set<AuditRow>> {
  const idsOf = (kind: string) => [
    ...new Set(rows.filter((row) => row.target_kind === kind).map((row) => row.target_id)),
  ];
  const { people, amongVisible } = sight;
  const visible = await amongVisible?.({ tokens: idsOf("token"), customers: idsOf("customer") });
  const isVeiled = (row: AuditRow) => {
    if (row.target_kind !== "token" && row.target_kind !== "customer") return !people && isAboutUsers(row);
    return visible !== undefined && !visible.has(row.target_id);
  };
  return new Set(rows.filter(isVeiled));
}

/** A refused log-in comes from where somebody works. */
function isAboutUsers(row: AuditRow): boolean {
  if (row.target_kind !== "credential") return ["user", "session", "setting"].includes(row.target_kind);
  return (JSON.parse(row.details) as { after?: { surface?: unknown } }).after?.surface === "dashboard";
}
