import { ChevronRight } from "lucide-react";

interface Host {
  name: string;
  /** In the host name of the URL. */
  sign: string;
  example: string;
  username: string;
  /** Where to make an access token that may read and nothing else. */
  steps: string;
}

const HOSTS: readonly Host[] = [
  {
    name: "GitHub",
    sign: "github",
    example: "https://github.com/acme/core.git",
    username: "any, or left empty",
    steps:
      "Settings → Developer settings → Personal access tokens → Fine-grained tokens. Choose this one repository under “Repository access”, and under “Permissions” set “Contents” to “Read-only”.",
  },
  {
    name: "GitLab",
    sign: "gitlab",
    example: "https://gitlab.com/acme/core.git",
    username: "any, or left empty",
    steps:
      "In the project: Settings → Access tokens. Role “Reporter”, scope “read_repository”. A deploy token with “read_repository” works too; its user name is the one GitLab shows with it.",
  },
  {
    name: "Bitbucket",
    sign: "bitbucket",
    example: "https://bitbucket.org/acme/core.git",
    username: "x-token-auth",
    steps: "In the repository: Repository settings → Access tokens. Permission “Repositories: Read”.",
  },
  {
    name: "Self-hosted",
    sign: "",
    example: "https://git.example.com/acme/core.git",
    username: "yours, or that of the token",
    steps:
      "Gitea and Forgejo: Settings → Applications → Generate new token, with “repository: Read”. Other hosts call it a deploy token or an app password. Best make it with a user who may read this repository only.",
  },
];

function hostOf(url: string): Host | undefined {
  const name = /^[a-z+]+:\/\/(?:[^@/]*@)?([^/:]+)/i.exec(url.trim())?.[1]?.toLowerCase();
  if (name === undefined) return undefined;
  return HOSTS.find((host) => host.sign !== "" && name.includes(host.sign)) ?? HOSTS.at(-1);
}

/** A URL of each kind; pressing one fills it in, to be changed. */
export function UrlExamples({ onPick }: { onPick: (url: string) => void }) {
  return (
    <div>
      <p className="text-[0.93rem] text-ink-3">For example</p>
      <ul className="mt-1.5 grid gap-x-6 gap-y-1 sm:grid-cols-2">
        {[...HOSTS, { name: "With an ssh key", example: "git@git.example.com:acme/core.git" }].map((host) => (
          <li key={host.name} className="min-w-0">
            <button
              type="button"
              onClick={() => onPick(host.example)}
              className="flex w-full min-w-0 flex-col rounded-lg px-2 py-1.5 text-left hover:bg-hover"
            >
              <span className="text-[0.93rem] text-ink-3">{host.name}</span>
              <code className="w-full truncate">{host.example}</code>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** How to make a token that may only read, at the host of the URL first. */
export function AccessTokenHelp({ url }: { url: string }) {
  const chosen = hostOf(url);
  return (
    <div className="overflow-hidden rounded-lg border border-line">
      <p className="border-b border-line bg-sunken px-3.5 py-2 text-ink-2">Where to make a read-only access token</p>
      <div className="divide-y divide-line">
        {HOSTS.map((host) => (
          // Anew when the URL names another host: that one opens.
          <details key={`${host.name} ${String(host === chosen)}`} open={host === chosen} className="group">
            <summary className="flex list-none items-center gap-2 px-3.5 py-2 font-medium hover:bg-hover">
              <ChevronRight
                className="size-4 shrink-0 text-ink-3 transition-transform group-open:rotate-90"
                aria-hidden="true"
              />
              {host.name}
            </summary>
            <div className="pr-3.5 pb-3 pl-9.5 text-ink-2">
              <p>{host.steps}</p>
              <p className="mt-1">User name: {host.username}.</p>
            </div>
          </details>
        ))}
      </div>
    </div>
  );
}
