import { CircleCheck, CircleDashed } from "lucide-react";
import { Link } from "react-router";
import { useMay } from "../../api/session.ts";
import { ButtonLink } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { useSettings } from "../settings/settings.ts";
import type { Overview } from "./overview.ts";

/** What is missing until the first sale; gone after it. */
export function FirstSteps({ overview }: { overview: Overview }) {
  const mayFinish = useMay("settings:write");
  const { tokens } = overview;
  const hasSold = tokens.active + tokens.suspended + tokens.expired + tokens.revoked > 0;
  if (hasSold) return null;
  const steps = [
    {
      done: overview.sources !== null && overview.sources.total > 0,
      to: "/sources/new",
      label: "Add a source",
      hint: "The git repository of a package you sell.",
    },
    {
      done: overview.packages > 0,
      to: "/sources",
      label: "Wait for the first sync",
      hint: "Every tag becomes a version.",
    },
    {
      done: false,
      to: "/settings/api-tokens",
      label: "Give your shop a management token",
      hint: "Its webhook makes a token for every purchase.",
    },
    {
      done: false,
      to: "/tokens",
      label: "Sell",
      hint: "With the first purchase your customer appears here. Or create a token by hand to try it.",
    },
  ];
  return (
    <Card title="First steps" actions={mayFinish && <ContinueSetUp />}>
      <ol className="flex flex-col gap-3.5">
        {steps.map((step) => (
          <li key={step.label} className="flex gap-3">
            {step.done ? (
              <CircleCheck className="mt-0.5 size-5 shrink-0 text-good" aria-label="Done" />
            ) : (
              <CircleDashed className="mt-0.5 size-5 shrink-0 text-ink-3" aria-label="To do" />
            )}
            <span>
              <Link to={step.to} className="font-medium hover:underline">
                {step.label}
              </Link>
              <span className="block text-ink-2">{step.hint}</span>
            </span>
          </li>
        ))}
      </ol>
    </Card>
  );
}

/** Back into the set-up, as long as nobody came to its end. */
function ContinueSetUp() {
  const settings = useSettings();
  if (settings.data?.setup_finished_at !== null) return null;
  return (
    <ButtonLink kind="primary" to="/setup">
      Continue the set-up
    </ButtonLink>
  );
}
