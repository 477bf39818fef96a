/** What a shop has to put into the guide's code. */
export interface ShopStrings {
  /** Where this server is, without a slash at the end: `https://packages.example.com`. */
  url: string;
  /** As composer wants it in `http-basic.HOST`, with the port where there is one. */
  host: string;
  /** The management token. */
  token: string;
  /** What a sale may open: `acme/` is a whole vendor. */
  prefixes: readonly string[];
}

/** The guide's own words stand where there is nothing to put in their place. */
export const TOKEN_PLACEHOLDER = "your-management-api-token";
const PREFIX_PLACEHOLDER = "your-vendor/";

/** The elements of an array, as PHP and JavaScript both write them. */
export function prefixList({ prefixes }: ShopStrings): string {
  const given = prefixes.length === 0 ? [PREFIX_PLACEHOLDER] : prefixes;
  return given.map((prefix) => `'${prefix.replaceAll(/['\\]/g, "").replace(/\/\*$/, "/")}'`).join(", ");
}
