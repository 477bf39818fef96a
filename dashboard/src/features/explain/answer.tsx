import { CircleCheck, CircleSlash, TriangleAlert } from "lucide-react";
import { classNames } from "../../ui/class-names.ts";
import { Considered } from "./considered.tsx";
import { NextSteps } from "./next-steps.tsx";
import type { Subject } from "./subject.ts";
import { verdictOf } from "./verdict.ts";

const LOOKS = {
  good: { icon: CircleCheck, ground: "bg-good-soft", ink: "text-good" },
  warn: { icon: TriangleAlert, ground: "bg-warn-soft", ink: "text-warn" },
  bad: { icon: CircleSlash, ground: "bg-bad-soft", ink: "text-bad" },
};

/** Yes or no, why, what to do, and everything that was looked at. */
export function Answer({ subject }: { subject: Subject }) {
  const { explanation, packageName, tokens } = subject;
  const { tone, title, text } = verdictOf(explanation, packageName, tokens);
  const { icon: Icon, ground, ink } = LOOKS[tone];
  return (
    <>
      <section aria-label="The answer" aria-live="polite" className={classNames("rounded-xl px-5 py-4", ground)}>
        <div className="flex gap-3">
          <Icon className={classNames("mt-0.5 size-5 shrink-0", ink)} aria-hidden="true" />
          <div className="min-w-0">
            <h2 className="text-[1.07rem] font-semibold wrap-anywhere">{title}</h2>
            <p className="wrap-anywhere text-ink-2">{text}</p>
          </div>
        </div>
      </section>
      <NextSteps subject={subject} tone={tone} />
      <Considered subject={subject} />
    </>
  );
}
