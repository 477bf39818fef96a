import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Database, Db, UserRole } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { NO_ADDRESSES } from "./help-addresses.ts";
import type { HelpAddresses } from "./help-addresses.ts";
import { deleteSetting, listSettingRows, upsertSetting } from "./setting-queries.ts";

/** Everything that is set in the dashboard instead of the environment; null where it is not set. */
export interface Settings extends HelpAddresses {
  vendor_name: string | null;
  setup_finished_at: number | null;
  /** Past how many networks a token is suspected of being shared, within how many days; 0: never. */
  sharing_networks_max: number | null;
  sharing_days: number | null;
  /** How many days before a token's expiry its customer is reminded; none by an empty list. */
  reminder_days: number[] | null;
  /** The vendor's, as IANA names it; by it mails say when something ends. */
  time_zone: string | null;
  /** Patterns of packages that buyers have from elsewhere, though others of their vendor are hosted here. */
  public_packages: string[] | null;
  /** Whose users must have a second factor; set by an owner alone. */
  second_factor_roles: UserRole[] | null;
}

/** Where nothing is set: two weeks ahead, and once more. */
const REMINDER_DAYS = [14, 3];

/** How many days ahead customers are reminded. */
export function reminderDaysOf({ reminder_days }: Pick<Settings, "reminder_days">): readonly number[] {
  return reminder_days ?? REMINDER_DAYS;
}

/** Whose days mails count in. */
export function timeZoneOf({ time_zone }: Pick<Settings, "time_zone">): string {
  return time_zone ?? "UTC";
}

const UNSET: Settings = {
  vendor_name: null,
  ...NO_ADDRESSES,
  setup_finished_at: null,
  sharing_networks_max: null,
  sharing_days: null,
  reminder_days: null,
  time_zone: null,
  public_packages: null,
  second_factor_roles: null,
};
const NAMES = Object.keys(UNSET) as (keyof Settings)[];

/** What may name a person: in audit records it stands apart. */
const PERSONAL: ReadonlySet<keyof Settings> = new Set(["support_email"]);

/** Told when any of them changed: some are in what caches hold. */
export const SETTINGS_CHANGED = "settings";

export interface SettingsDeps extends AuditDeps {
  database: Pick<Database, "db" | "transaction">;
}

/** Absent fields stay as they are, null clears. */
export type SettingsChange = Omit<AnyChange, "second_factor_roles">;

type AnyChange = { readonly [Name in keyof Settings]?: Settings[Name] | undefined };

/** What is set, by field. */
export async function readSettings(db: Db): Promise<Settings> {
  const rows = new Map((await listSettingRows(db)).map(({ name, value }) => [name, value]));
  const settings: Record<string, unknown> = {};
  for (const name of NAMES) settings[name] = JSON.parse(rows.get(name) ?? "null");
  return { ...UNSET, ...settings };
}

/**
 * Changes what is given; one audit record for each setting that is another one afterwards. Throws `auth.outside_bound`
 * for a caller that is kept to some packages: every buyer sees these.
 */
export async function changeSettings(deps: SettingsDeps, caller: Caller, input: SettingsChange): Promise<Settings> {
  refuseBoundedSettings(caller);
  return await deps.database.transaction((trx, changed) => changeSettingsWithin(deps, { trx, changed, caller }, input));
}

/** Throws `auth.outside_bound` for a caller that is kept to some packages. */
export function refuseBoundedSettings(caller: Caller): void {
  if (caller.packageBound === null) return;
  const problem = "A management token with a package bound cannot change settings: they are the whole server's.";
  throw new AppError("auth.outside_bound", problem);
}

/** The same in the caller's transaction, for settings that ask for more than the scope. */
export async function changeSettingsWithin(
  deps: SettingsDeps,
  { trx, changed, caller }: { trx: Db; changed: RecordChange; caller: Caller },
  input: AnyChange,
): Promise<Settings> {
  const before = await readSettings(trx);
  const after = { ...before };
  for (const name of NAMES) {
    const value = input[name];
    if (value === undefined || JSON.stringify(value) === JSON.stringify(before[name])) continue;
    Object.assign(after, { [name]: value });
    await storeSetting(deps, trx, name, value);
    const change = { before: { value: before[name] }, after: { value } };
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "setting.changed",
      target: { kind: "setting", id: name },
      ...(PERSONAL.has(name) ? { personal: change } : { details: change }),
    });
  }
  changed(SETTINGS_CHANGED);
  return after;
}

async function storeSetting(deps: SettingsDeps, trx: Db, name: keyof Settings, value: unknown): Promise<void> {
  if (value === null) await deleteSetting(trx, name);
  else await upsertSetting(trx, { name, value: JSON.stringify(value), updated_at: nowSeconds(deps.clock) });
}
