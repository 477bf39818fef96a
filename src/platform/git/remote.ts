/** Where to fetch from, checked beforehand: the host's addresses are those git will connect to, whatever DNS says later. */
export interface GitRemote {
  /** Without user name and password, but for the user name of an ssh URL. */
  readonly url: string;
  readonly transport: "http" | "ssh" | "file";
  /** "" for a file. */
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly string[];
  readonly credentials?: { readonly username: string; readonly password: string } | undefined;
}

/** A line never contains it, so that nothing but the characters of names and addresses reaches ssh's command line. */
const SSH_SAFE = /^[A-Za-z0-9.:_-]+$/;

/** `-c` options that pin git's http transport to the checked addresses. */
export function pinningOptions(remote: GitRemote): string[] {
  if (remote.transport !== "http" || remote.addresses.length === 0 || isAddress(remote.host)) return [];
  const addresses = remote.addresses.map((address) => (address.includes(":") ? `[${address}]` : address));
  return ["-c", `http.curloptResolve=${remote.host}:${remote.port}:${addresses.join(",")}`];
}

/**
 * Environment of one remote command. The password goes to git as configuration in its environment, which only
 * processes of the same user can read: not in an argument, a URL or a file, and bound to the source's own origin.
 */
export function remoteEnvironment(remote: GitRemote): Record<string, string> {
  if (remote.transport === "ssh") return { GIT_SSH_COMMAND: sshCommand(remote), GIT_SSH_VARIANT: "ssh" };
  if (remote.transport !== "http" || remote.credentials === undefined) return {};
  const { username, password } = remote.credentials;
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${new URL(remote.url).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
  };
}

/** git hands this to a shell, so only checked names and addresses go into it. */
function sshCommand(remote: GitRemote): string {
  const options = ["BatchMode=yes", "StrictHostKeyChecking=accept-new", "ConnectTimeout=15", "ServerAliveInterval=15"];
  const address = remote.addresses[0];
  if (address !== undefined && SSH_SAFE.test(address) && SSH_SAFE.test(remote.host)) {
    // ssh knows a host on another port than 22 by this name; with the alias it would forget the port.
    const alias = remote.port === 22 ? remote.host : `[${remote.host}]:${remote.port}`;
    options.push(`HostName=${address}`, `HostKeyAlias='${alias}'`, "CheckHostIP=no");
  }
  return ["ssh", ...options.map((option) => `-o ${option}`)].join(" ");
}

function isAddress(host: string): boolean {
  return host.includes(":") || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}
