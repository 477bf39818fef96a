/** A query for the address of an answer that is downloaded. A blank is `%20`: a raw plus could be read as a plus. */
export function queryText(parameters: Record<string, string>): string {
  return new URLSearchParams(parameters).toString().replaceAll("+", "%20");
}
