import { invalidField } from "../errors.ts";
import { queryNumber, queryText } from "./schemas.ts";

const LIMIT_MAX = 1000;

/** `?limit=`: how many entries a page has. */
export function pageLimit(description = "A whole number from 1 to 1000. Default 100") {
  return queryNumber({
    min: 1,
    max: LIMIT_MAX,
    message: "must be a whole number from 1 to 1000",
    description,
    example: 100,
  });
}

/** `?cursor=`: where a page begins. */
export function pageCursor() {
  return queryText(500).optional().meta({ description: "Opaque; from the Link header of the page before" });
}

/** For `x-response-headers` of an operation that answers in pages. */
export const NEXT_PAGE = { Link: { description: 'The next page, `<…>; rel="next"`, where there is one' } };

/** The `Link` header that leads to the next page of the same query. */
export function nextPageLink(address: string, query: object, cursor: string): string {
  const given = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
  const search = new URLSearchParams([...given.filter(([name]) => name !== "cursor"), ["cursor", cursor]]);
  // A blank as %20: the plus of forms can be read as a plus (`modules/customer-filters`).
  return `<${address}?${search.toString().replaceAll("+", "%20")}>; rel="next"`;
}

/** The last entry of a page that is ordered by a time and, within a second, by id. */
export interface PageEnd {
  at: number;
  id: string;
}

export function writeCursor({ at, id }: PageEnd): string {
  return Buffer.from(`${at}:${id}`).toString("base64url");
}

export function readCursor(cursor: string, idPrefix: string): PageEnd {
  const match = /^(\d{1,12}):([a-z]+_[0-9A-Za-z]{1,40})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  if (match?.[1] === undefined || match[2]?.startsWith(`${idPrefix}_`) !== true) throw foreignCursor();
  return { at: Number(match[1]), id: match[2] };
}

export function foreignCursor(): Error {
  return invalidField("?cursor", "is not one of ours; take it from the Link header as it is");
}
