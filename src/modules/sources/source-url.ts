/** A source's URL, taken apart by one parser only, so that what was checked is what git is given. */
export interface SourceUrl {
  /** Normalised; never holds a password. */
  readonly url: string;
  readonly transport: "http" | "ssh" | "file";
  /** "" for a file. */
  readonly host: string;
  readonly port: number;
}

/** A URL that is no source; the message is one line with the reason. */
export class SourceUrlError extends Error {
  override readonly name = "SourceUrlError";
}

interface SourceUrlOptions {
  readonly allowLocalSources: boolean;
}

const SCP_LIKE = /^(?:(?<user>[A-Za-z0-9_][A-Za-z0-9._-]*)@)?(?<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?<path>[^:].*)$/;
const SSH = new RegExp(
  [
    "^ssh://(?:(?<user>[^@/]*)@)?",
    String.raw`(?<host>[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::(?<port>\d{1,5}))?(?<path>/.+)$`,
  ].join(""),
);
const USER = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/**
 * Takes http(s), ssh and scp-like URLs, and file URLs where they are allowed. Everything else is refused, above all
 * what git would read as an option, a command (`ext::`) or a local path.
 */
export function parseSourceUrl(text: string, options: SourceUrlOptions): SourceUrl {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0020\u007f]/.test(text)) throw new SourceUrlError("the URL holds a space or a control character");
  if (text === "") throw new SourceUrlError("the URL is empty");
  if (text.length > 2000) throw new SourceUrlError("the URL is longer than 2000 characters");
  if (text.startsWith("-")) throw new SourceUrlError("a URL does not start with a dash");
  if (/^[a-z0-9+.-]+::/i.test(text)) throw new SourceUrlError("git remote helpers (such as ext::) are not allowed");
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  switch (scheme) {
    case "http":
    case "https":
      return parseHttp(text);
    case "ssh":
      return parseSsh(text.replace(/^ssh/i, "ssh"));
    case "file":
      return parseFile(text, options);
    case undefined:
      return parseScpLike(text);
    default:
      throw new SourceUrlError(`${scheme}:// is not allowed: use https://, http:// or ssh://`);
  }
}

function parseHttp(text: string): SourceUrl {
  if (!URL.canParse(text))
    throw new SourceUrlError("the URL cannot be read: it should look like https://host/path.git");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    throw new SourceUrlError(
      "the URL holds a user name or an access token: leave them out and give them as user name and access token of the source",
    );
  }
  if (url.search !== "" || url.hash !== "") throw new SourceUrlError("the URL has a query or a fragment: leave it out");
  if (url.pathname === "/") throw new SourceUrlError("the URL has no path: it should look like https://host/path.git");
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  return { url: url.href, transport: "http", host: url.hostname.replace(/^\[(.*)\]$/, "$1"), port };
}

function parseSsh(text: string): SourceUrl {
  const { user, host, port, path } = SSH.exec(text)?.groups ?? {};
  if (host === undefined || path === undefined) {
    throw new SourceUrlError("the URL cannot be read: it should look like ssh://git@host/path.git");
  }
  if (user?.includes(":") === true) {
    throw new SourceUrlError("the URL holds a password: ssh sources are read with the server's ssh key");
  }
  if (user !== undefined && !USER.test(user)) throw new SourceUrlError("the user name in the URL is not a plain one");
  assertSshPath(path.slice(1));
  const portNumber = port === undefined ? 22 : Number(port);
  if (portNumber < 1 || portNumber > 65535) throw new SourceUrlError("the port in the URL is not between 1 and 65535");
  return { url: text, transport: "ssh", host: host.replace(/^\[(.*)\]$/, "$1").toLowerCase(), port: portNumber };
}

function parseScpLike(text: string): SourceUrl {
  const { host, path } = SCP_LIKE.exec(text)?.groups ?? {};
  if (host === undefined || path === undefined) {
    throw new SourceUrlError("this is no URL: use https://host/path.git, ssh://git@host/path.git or git@host:path.git");
  }
  assertSshPath(path);
  return { url: text, transport: "ssh", host: host.toLowerCase(), port: 22 };
}

function assertSshPath(path: string): void {
  if (path.startsWith("-")) throw new SourceUrlError("the path in the URL does not start with a dash");
}

function parseFile(text: string, options: SourceUrlOptions): SourceUrl {
  if (!options.allowLocalSources) {
    throw new SourceUrlError(
      "file:// sources are off: start the server and the commands with ALLOW_LOCAL_SOURCES=1 to allow them",
    );
  }
  if (!/^file:\/\/\/./i.test(text))
    throw new SourceUrlError("a file URL has three slashes: file:///path/to/repository.git");
  return { url: text.replace(/^file/i, "file"), transport: "file", host: "", port: 0 };
}

/** What a source is called when nobody named it: the end of its path, `acme/core`. */
export function defaultSourceName(url: string): string {
  const parts = url
    .replace(/^[a-z]+:\/\/[^/]*/i, "")
    .replace(/^[^/]*:/, "")
    .replace(/(\.git)?\/*$/, "")
    .split("/")
    .filter((part) => part !== "");
  return parts.slice(-2).join("/") || url;
}
