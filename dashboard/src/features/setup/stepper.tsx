import { Check } from "lucide-react";
import { createContext, useContext } from "react";
import { classNames } from "../../ui/class-names.ts";

const STEPS = ["Owner account", "First source", "Token for your shop", "Ready"];

/** Which steps were put off: they are behind one, and not done. */
export const PutOff = createContext<ReadonlySet<number>>(new Set());

/** Where one is on the way; the words stand beside the numbers where there is room. */
export function Stepper({ current }: { current: number }) {
  const putOff = useContext(PutOff);
  return (
    <nav aria-label="Steps">
      <p className="mb-2 text-center text-ink-2 sm:hidden">
        Step {current + 1} of {STEPS.length}: {STEPS[current]}
      </p>
      <ol className="flex items-center justify-center gap-2 sm:gap-3">
        {STEPS.map((label, index) => {
          const isDone = index < current && !putOff.has(index);
          const isCurrent = index === current;
          return (
            <li key={label} aria-current={isCurrent ? "step" : undefined} className="flex items-center gap-2 sm:gap-3">
              {index > 0 && (
                <span
                  aria-hidden="true"
                  className={classNames("h-px w-8 sm:w-6 md:w-10", index <= current ? "bg-accent" : "bg-line-strong")}
                />
              )}
              <span
                aria-hidden="true"
                className={classNames(
                  "flex size-6 shrink-0 items-center justify-center rounded-full text-[0.9rem] font-semibold tabular-nums",
                  isDone && "bg-accent-soft text-accent-text",
                  isCurrent && "bg-accent text-accent-ink",
                  !isDone && !isCurrent && "border border-line-strong text-ink-3",
                )}
              >
                {isDone ? <Check className="size-3.5" /> : index + 1}
              </span>
              <span
                className={classNames(
                  "sr-only sm:not-sr-only sm:whitespace-nowrap",
                  isCurrent ? "font-semibold" : isDone ? "text-ink-2" : "text-ink-3",
                )}
              >
                {label}
                {isDone && <span className="sr-only"> (done)</span>}
              </span>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
