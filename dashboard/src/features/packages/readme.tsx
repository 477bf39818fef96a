import { BookOpen } from "lucide-react";
import { Component, Suspense, lazy } from "react";
import type { ReactNode } from "react";
import { Card } from "../../ui/card.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import type { PackageDetail } from "./package-api.ts";

const ReadmeMarkdown = lazy(() => import("./readme-markdown.tsx"));

/**
 * Markdown can be written so that reading it takes time beyond its length: what is longer than all but a few readmes is
 * shown as it is from here on, so that no readme stops the page.
 */
const RENDERED_LENGTH_MAX = 30_000;

/** Markdown as a page; whatever else a readme is written in, as it is. */
export function Readme({ readme }: { readme: PackageDetail["readme"] }) {
  if (readme === null || readme.content.trim() === "") {
    return (
      <Card>
        <EmptyState icon={<BookOpen />} title="No readme">
          The README.md at the root of the newest version is shown here, to you only: customers do not see this page.
        </EmptyState>
      </Card>
    );
  }
  const plain = <PlainReadme text={readme.content} />;
  const [beginning, rest] = splitAtLine(readme.content);
  return (
    <Card title={readme.filename} description={`As of ${readme.version}`}>
      {/\.(?:md|markdown)$/i.test(readme.filename) ? (
        <OrElse key={readme.content} fallback={plain}>
          <Suspense fallback={<ReadmeSkeleton />}>
            <ReadmeMarkdown content={beginning} />
          </Suspense>
          {rest !== "" && (
            <div className="mt-5 border-t border-line pt-4">
              <p className="mb-3 text-ink-3">It is a long one: the rest of it, as it is written.</p>
              <PlainReadme text={rest} />
            </div>
          )}
        </OrElse>
      ) : (
        plain
      )}
    </Card>
  );
}

function splitAtLine(text: string): [string, string] {
  if (text.length <= RENDERED_LENGTH_MAX) return [text, ""];
  const line = text.lastIndexOf("\n", RENDERED_LENGTH_MAX);
  const end = line <= 0 ? RENDERED_LENGTH_MAX : line + 1;
  return [text.slice(0, end), text.slice(end)];
}

function PlainReadme({ text }: { text: string }) {
  return <pre className="leading-relaxed wrap-anywhere whitespace-pre-wrap">{text}</pre>;
}

function ReadmeSkeleton() {
  return (
    <div className="flex flex-col gap-3" role="status" aria-label="Loading the readme">
      <Skeleton className="h-6 w-1/3" />
      <Skeleton />
      <Skeleton />
      <Skeleton className="h-4 w-2/3" />
    </div>
  );
}

/** A readme that breaks the renderer is shown as it is, instead of breaking the page. */
class OrElse extends Component<{ fallback: ReactNode; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? this.props.fallback : this.props.children;
  }
}
