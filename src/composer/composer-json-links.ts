import { countConstraintParts, parseConstraint } from "./constraint.ts";
import { ComposerJsonError, InvalidConstraintError, OverBudgetError, TEXT_LENGTH_MAX, quoted } from "./errors.ts";
import { isContainer, isIntegerKey, isJsonObject, membersOf, writtenKey, type JsonValue } from "./json-value.ts";
import { isLinkableName } from "./package-name.ts";

/** Package names and the constraint put on each. */
export type Links = Readonly<Record<string, string>>;

/** The five link fields of a package, in the order Composer reads them (BasePackage::$supportedLinkTypes). */
export const LINK_FIELDS = ["require", "conflict", "provide", "replace", "require-dev"] as const;

/** One of `require`, `conflict`, `provide`, `replace` and `require-dev`. */
export type LinkField = (typeof LINK_FIELDS)[number];

/** What the links of one composer.json may cost whoever reads them, and every customer's solver. */
export interface LinkBudgets {
  /** Of all five fields together. */
  readonly linksMax: number;
  /** Single constraints in one constraint: alternatives, and what they combine. */
  readonly constraintPartsMax: number;
}

/** Refuses more links than a reader may be asked to look at, before it looks at them. */
export function refuseTooManyLinks(values: readonly (JsonValue | undefined)[], { linksMax }: LinkBudgets): void {
  const count = values.reduce<number>((sum, value) => sum + (isContainer(value) ? Object.keys(value).length : 0), 0);
  if (count > linksMax) throw new OverBudgetError("links", `has ${count} links`);
}

/**
 * Reads a link field. Strict, because Composer loads all versions of a p2 file at once: a constraint that does not
 * parse, or a target that PHP turns into an integer, ends the customer's whole update.
 */
export function readLinks(
  field: LinkField,
  value: JsonValue | undefined,
  budgets: LinkBudgets | undefined,
): Links | undefined {
  const members = value === null ? [] : membersOf(value);
  if (members?.length === 0 || value === undefined) return undefined;
  if (!isJsonObject(value)) {
    throw new ComposerJsonError(`${quoted(field)} must be an object of package names and version constraints`);
  }
  return Object.fromEntries(
    Object.entries(value).map(([target, constraint]) => readLink(field, writtenKey(target), constraint, budgets)),
  );
}

function readLink(
  field: LinkField,
  target: string,
  constraint: JsonValue,
  budgets: LinkBudgets | undefined,
): [string, string] {
  const label = quoted(`${field}.${target}`);
  if (!/^[A-Za-z0-9_./-]+$/.test(target) || isIntegerKey(target)) {
    throw new ComposerJsonError(`${label}: ${quoted(target)} is not a package name`);
  }
  // Composer only warns here. But what is *required* under such a name can be installed by nobody, while a virtual
  // name without a vendor is still found in old `provide`, `replace` and `conflict` entries, where it does no harm.
  if ((field === "require" || field === "require-dev") && !isLinkableName(target)) {
    throw new ComposerJsonError(`${label}: ${quoted(target)} is neither "vendor/name" nor a platform package`);
  }
  if (typeof constraint !== "string") {
    throw new ComposerJsonError(`${label}: the version constraint must be a string`);
  }
  if (constraint !== "self.version") refuseInvalidConstraint(label, constraint, budgets);
  return [target, constraint];
}

function refuseInvalidConstraint(label: string, constraint: string, budgets: LinkBudgets | undefined): void {
  refuseTooManyParts(label, constraint, budgets);
  try {
    parseConstraint(constraint);
  } catch (error) {
    if (error instanceof InvalidConstraintError) throw new ComposerJsonError(`${label}: ${error.message}`);
    throw error;
  }
}

function refuseTooManyParts(label: string, constraint: string, budgets: LinkBudgets | undefined): void {
  // Fewer characters than parts there cannot be; a text that is too long is refused for that.
  if (budgets === undefined || constraint.length <= budgets.constraintPartsMax) return;
  if (constraint.length > TEXT_LENGTH_MAX) return;
  const parts = countConstraintParts(constraint);
  if (parts <= budgets.constraintPartsMax) return;
  throw new OverBudgetError("constraintParts", `${label}: the constraint has ${parts} parts`);
}
