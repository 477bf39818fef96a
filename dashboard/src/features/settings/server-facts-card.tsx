import { Card, Fact, Facts } from "../../ui/card.tsx";
import { CopyIcon } from "../../ui/copy-button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Note } from "../../ui/note.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { useInstallFacts, useServerVersion } from "./settings.ts";
import { PageLink } from "../../ui/page-link.tsx";

/** What the server is, as far as the environment decides it and no form does. */
export function ServerFactsCard() {
  const facts = useInstallFacts();
  const version = useServerVersion();
  const error = facts.error ?? version.error;
  return (
    <Card title="This server" description="Set by the server’s environment, not here.">
      {error !== null ? (
        <ErrorNote error={error} onRetry={() => void Promise.all([facts.refetch(), version.refetch()])} />
      ) : (
        <div className="flex flex-col gap-4">
          <Facts>
            <Fact name="Public URL">
              <Value text={facts.data?.public_url} copy="Copy public URL" />
            </Fact>
            <Fact name="Composer host">
              <Value text={facts.data?.host} copy="Copy composer host" />
            </Fact>
            <Fact name="API description">
              <PageLink href="/api/docs">Browse the Management API</PageLink>
            </Fact>
            <Fact name="Guides and references">
              <PageLink href="/docs">Read them on this server</PageLink>
            </Fact>
            <Fact name="Version">{version.data ?? <Skeleton className="h-[1.5em] w-16" />}</Fact>
          </Facts>
          {facts.data?.secure_http_needed === true && (
            <Note tone="warn">
              This server is reached by plain http. Composer refuses that unless <code>secure-http</code> is turned off,
              and tokens travel readable: put it behind TLS and set <code>PUBLIC_URL</code> before you sell.
            </Note>
          )}
        </div>
      )}
    </Card>
  );
}

function Value({ text, copy }: { text: string | undefined; copy: string }) {
  if (text === undefined) return <Skeleton className="h-[1.5em] w-56 max-w-full" />;
  return (
    <span className="-my-1 flex min-h-7 items-center gap-1">
      <code className="min-w-0 break-all">{text}</code>
      <CopyIcon text={text} label={copy} />
    </span>
  );
}
