import { ArrowLeft } from "lucide-react";
import { useEffect } from "react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { useSession } from "../api/session.ts";
import { CiPanels } from "../features/install/ci-panels.tsx";
import { repositoryName } from "../features/install/commands.ts";
import { InstallSteps } from "../features/install/install-steps.tsx";
import { RefusalList } from "../features/install/refusal-list.tsx";
import { EXAMPLE_VALUES, composerRefusals, packageRefusals, tokenRefusals } from "../features/install/refusals.ts";
import { SupportCard } from "../features/install/support-card.tsx";
import { useInstallFacts } from "../features/settings/settings.ts";
import { Logo } from "../layout/logo.tsx";
import { Card } from "../ui/card.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Skeleton } from "../ui/skeleton.tsx";

/** What the vendor's mail links to: how a buyer installs from here. Nothing on it is secret. */
export function Component() {
  const facts = useInstallFacts();
  if (facts.data === undefined) {
    return (
      <Frame vendorName={null}>
        {facts.isError ? (
          <ErrorNote error={facts.error} onRetry={() => void facts.refetch()} />
        ) : (
          <div className="flex flex-col gap-5" role="status" aria-label="Loading">
            <Skeleton className="h-96" />
            <Skeleton className="h-72" />
          </div>
        )}
      </Frame>
    );
  }
  const { host, repository_url, vendor_name, support_email, support_url, secure_http_needed } = facts.data;
  const place = { url: repository_url, host, name: repositoryName(vendor_name) };
  const values = { host, ...EXAMPLE_VALUES };
  return (
    <Frame vendorName={vendor_name}>
      <Card title="Install" description="You need Composer 2 and the token from your purchase mail.">
        <InstallSteps place={place} secureHttpNeeded={secure_http_needed} />
      </Card>
      <Card title="In CI and containers" description="Where nobody can type a token, it comes as a secret.">
        <CiPanels place={place} />
      </Card>
      <Card
        title="When composer refuses"
        description={`It prints "Warning from ${host}:" and one of these lines, with your own values.`}
      >
        <div className="flex flex-col gap-6">
          <RefusalList title="About your token" refusals={tokenRefusals(values)} />
          <RefusalList title="About a package" refusals={packageRefusals(values)} />
          <RefusalList
            title="From composer itself"
            refusals={composerRefusals({ packageName: values.packageName, url: repository_url })}
          />
        </div>
      </Card>
      <SupportCard vendorName={vendor_name} email={support_email} url={support_url} />
    </Frame>
  );
}

function Frame({ vendorName, children }: { vendorName: string | null; children: ReactNode }) {
  const { data: session } = useSession();
  const title = vendorName === null ? "Install your extensions" : `Install your extensions from ${vendorName}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <div className="mx-auto flex min-h-dvh w-full max-w-4xl flex-col px-4 py-6 sm:px-8 sm:py-10">
      {(session?.user ?? null) !== null && (
        <nav aria-label="Dashboard" className="mb-6">
          <Link to="/" className="inline-flex items-center gap-1.5 text-ink-2 hover:text-ink">
            <ArrowLeft className="size-4" aria-hidden="true" />
            To the dashboard
          </Link>
        </nav>
      )}
      <main className="flex-1">
        <h1 className="text-[1.9rem] leading-tight font-semibold tracking-[-0.015em] break-words">{title}</h1>
        <p className="mt-2 max-w-2xl text-ink-2">
          Your extensions come from a private Composer repository. Composer installs and updates them like every other
          package, once it knows this address and your token.
        </p>
        <div className="mt-7 flex flex-col gap-5">{children}</div>
      </main>
      <footer className="mt-10 flex items-center gap-3 text-ink-3">
        <Logo />
      </footer>
    </div>
  );
}
