import { CircleCheck, CircleX } from "lucide-react";
import { HintList } from "./hint-list.tsx";
import type { ProbeAnswer } from "./source-api.ts";
import { plural, sentence } from "../../ui/words.ts";

/** What the test found, in words. */
export function ProbeResult({ answer }: { answer: ProbeAnswer }) {
  if (!answer.reachable) {
    return (
      <div role="alert" className="flex gap-2.5 rounded-lg border border-bad/30 bg-bad-soft px-3.5 py-2.5">
        <CircleX className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden="true" />
        <p className="min-w-0 wrap-anywhere">{sentence(answer.detail)}</p>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-3">
      <Found answer={answer} />
      {answer.hints.length > 0 && (
        <div className="rounded-lg border border-line px-3.5 py-3">
          <HintList hints={answer.hints} />
        </div>
      )}
    </div>
  );
}

function Found({ answer }: { answer: Extract<ProbeAnswer, { reachable: true }> }) {
  const { tags, branches } = answer.refs;
  return (
    <div role="status" className="flex gap-2.5 rounded-lg bg-good-soft px-3.5 py-2.5">
      <CircleCheck className="mt-0.5 size-4 shrink-0 text-good" aria-hidden="true" />
      <div className="min-w-0">
        <p>
          It works: found {plural(tags, "tag")} and {plural(branches, "branch", "branches")}
          {answer.package !== null && (
            <>
              , package{" "}
              <strong className="font-semibold wrap-anywhere">
                <bdi>{answer.package.name}</bdi>
              </strong>
            </>
          )}
          .
        </p>
        {answer.has_submodules === true && (
          <p className="mt-0.5 text-ink-2">
            It has git submodules: their directories are empty in the archives, unless the source is told to deliver
            them, once it is added.
          </p>
        )}
        {answer.package === null ? (
          <p className="mt-0.5 text-ink-2">There is no usable composer.json on its default branch yet.</p>
        ) : (
          answer.package.description !== null && (
            <p className="mt-0.5 line-clamp-3 wrap-anywhere text-ink-2">
              <bdi>{answer.package.description}</bdi>
            </p>
          )
        )}
      </div>
    </div>
  );
}
