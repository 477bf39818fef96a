/**
 * The value of a query parameter as it reads when each raw `+` is a plus; undefined where it has none, or is not given
 * exactly once. What is percent-encoded is decoded as ever, so that `%20` stays a blank and `%2B` a plus.
 */
export function literalValue(rawUrl: string, name: string): string | undefined {
  const begin = rawUrl.indexOf("?");
  if (begin === -1) return undefined;
  const values = rawUrl
    .slice(begin + 1)
    .split("&")
    .map((pair) => pair.split("="))
    .filter(([key = ""]) => decoded(key.replaceAll("+", " ")) === name)
    .map(([, ...rest]) => rest.join("="));
  const [value] = values;
  if (values.length !== 1 || value?.includes("+") !== true) return undefined;
  return decoded(value);
}

/** What is no percent-encoding stays as it is, as the parser of all other parameters does it: a customer `50%off`. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** As `rawurlencode` of PHP and `encodeURIComponent` write it: a blank as `%20`, a plus as `%2B`. */
export function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
