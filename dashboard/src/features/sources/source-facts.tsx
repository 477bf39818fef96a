import { Badge } from "../../ui/badge.tsx";
import { Card, Fact, Facts } from "../../ui/card.tsx";
import { CopyIcon } from "../../ui/copy-button.tsx";
import { Time } from "../../ui/time.tsx";
import { plural } from "../../ui/words.ts";
import { branchesInWords } from "./branches.ts";
import { isSsh, showPattern } from "./patterns.ts";
import type { Source } from "./source-api.ts";

export function SourceFacts({ source }: { source: Source }) {
  return (
    <Card title="About this source">
      <Facts>
        <Fact name="URL">
          <Copied text={source.url} label="Copy the URL" />
        </Fact>
        <Fact name="Packages it takes">
          <Filters filters={source.filters} />
        </Fact>
        <Fact name="Branches it takes">
          <Branches source={source} />
        </Fact>
        <Fact name="Credentials">{credentialsOf(source)}</Fact>
        {source.submodule_paths.length > 0 && <Fact name="Git submodules">{submodulesOf(source)}</Fact>}
        <Fact name="Last sync">
          {source.synced_at === null ? "Never" : <Time at={source.synced_at} as="date-time" />}
        </Fact>
        <Fact name="Next sync">
          <Time at={source.next_sync_at} as="date-time" />
        </Fact>
        <Fact name="Added">
          <Time at={source.created_at} as="date-time" />
        </Fact>
        <Fact name="Id">
          <Copied text={source.id} label="Copy the id" />
        </Fact>
      </Facts>
    </Card>
  );
}

function Copied({ text, label }: { text: string; label: string }) {
  return (
    <span className="-my-1 flex items-center gap-1">
      <code className="min-w-0 wrap-anywhere">
        <bdi>{text}</bdi>
      </code>
      <CopyIcon text={text} label={label} />
    </span>
  );
}

function Filters({ filters }: { filters: readonly string[] }) {
  if (filters.length === 0) return <>Every package, whatever name its composer.json has</>;
  return (
    <span className="flex flex-wrap gap-1.5">
      {filters.map((filter) => (
        <Badge key={filter}>
          <code>{showPattern(filter)}</code>
        </Badge>
      ))}
    </span>
  );
}

function submodulesOf({ submodules, submodule_paths: paths }: Source): string {
  const what = submodules === "include" ? "delivered with each version" : "left out, so their directories are empty";
  return `${paths.join(", ")}: ${what}`;
}

function Branches({ source: { branches, left_out_branches: leftOut } }: { source: Source }) {
  return (
    <>
      <bdi className="wrap-anywhere">{branchesInWords(branches)}</bdi>
      {leftOut > 0 && <span className="block text-ink-3">{plural(leftOut, "branch", "branches")} left out</span>}
    </>
  );
}

function credentialsOf(source: Source): string {
  if (source.has_password) return `User name ${source.username ?? "git"}, and a stored access token`;
  return isSsh(source.url) ? "The server's own ssh key" : "None: it is read without logging in";
}
