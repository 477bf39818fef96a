import type { Db } from "../../../schema.ts";
import { missingOfVersion } from "../../requirements/index.ts";
import { MISSING_REQUIREMENT } from "../../source-hints/index.ts";
import type { Hint } from "../../source-hints/index.ts";

const NAMED_MAX = 5;

/** The version that speaks for a package requires what nobody here gives: composer asks here, and gets 404. */
export async function missingRequirements(db: Db, version: { name: string; metadata: string }): Promise<Hint[]> {
  const names = await missingOfVersion(db, version);
  const [first] = names;
  if (first === undefined) return [];
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : "";
  return [
    {
      code: MISSING_REQUIREMENT,
      message: `${version.name} requires ${names.slice(0, NAMED_MAX).join(", ")}${more}, which no source here gives: composer finds it only where another repository of the buyer has it.`,
      what_to_do: `Add the source of ${first}. If it is public elsewhere, name it in the setting public_packages.`,
      example: null,
    },
  ];
}
