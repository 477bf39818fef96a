import { useState } from "react";
import { useMay } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { useGrantDialogs } from "../grants/use-grant-dialogs.tsx";
import { useHostedPackages } from "../packages/hosted-packages.ts";
import { NewTokenDialog } from "../tokens/new-token-dialog.tsx";
import { buyerOf } from "../tokens/tokens.ts";
import { useTokenDialogs } from "../tokens/use-token-dialogs.tsx";
import type { Subject } from "./subject.ts";
import { stepsFor } from "./steps.tsx";
import type { Doing } from "./step.ts";
import { stepsIfItWorks } from "./steps-if-it-works.tsx";
import type { Verdict } from "./verdict.ts";

/** What to do about it, the nearest first. What is done is done here; the answer follows. */
export function NextSteps({ subject, tone }: { subject: Subject; tone: Verdict["tone"] }) {
  const doing = useDoing(subject);
  const steps = tone === "good" ? stepsIfItWorks(subject) : stepsFor(subject, doing);
  if (steps.length === 0) return null;
  return (
    <Card title={tone === "good" ? "If composer still refuses" : "What to do"} flush>
      <ul className="divide-y divide-line">
        {steps.map(({ text, action }, index) => (
          <li key={index} className="flex flex-wrap items-center justify-between gap-x-5 gap-y-2 px-5 py-3">
            <div className="min-w-0 flex-1 basis-72 text-pretty wrap-anywhere">{text}</div>
            {action}
          </li>
        ))}
      </ul>
      {doing.dialogs}
    </Card>
  );
}

/** Buttons that open the dialog for it; nothing for who may not. */
function useDoing({ token, owner, packageName }: Subject): Doing {
  const maySell = useMay("tokens:write");
  const mayGrant = useMay("grants:write");
  const ofToken = useTokenDialogs();
  const ofGrant = useGrantDialogs();
  const [isNew, setIsNew] = useState(false);
  const { names } = useHostedPackages();
  const button = (label: string, onClick: () => void, isMain = true) => (
    <Button size="small" kind={isMain ? "primary" : "secondary"} onClick={onClick}>
      {label}
    </Button>
  );
  const forToken = (label: string, action: "extend" | "limit" | "packages", isMain = true) =>
    maySell && token !== undefined && token.status !== "revoked"
      ? button(label, () => ofToken.ask(token, action), isMain)
      : undefined;
  const email = token === undefined ? undefined : buyerOf(token).email;
  return {
    dialogs: (
      <>
        {ofToken.dialogs}
        {ofGrant.dialogs}
        <NewTokenDialog
          open={isNew}
          onClose={() => setIsNew(false)}
          prefill={{
            ...(owner === undefined ? {} : { customerId: owner.customerId, shop: owner.shop }),
            ...(email === undefined ? {} : { email }),
          }}
        />
      </>
    ),
    extendToken: forToken("Extend the token", "extend"),
    raiseLimit: forToken("Change the limit", "limit"),
    changePackages: forToken("Change the packages", "packages"),
    newToken: maySell && button("New token", () => setIsNew(true)),
    renewLine: (line) => mayGrant && button("Renew", () => ofGrant.ask({ what: "renew", line })),
    changeLine: (line, label) => mayGrant && button(label, () => ofGrant.ask({ what: "change", line })),
    addGrant: (packages) =>
      mayGrant &&
      owner !== undefined &&
      button("Add a grant", () => ofGrant.ask({ what: "add", owner, prefill: { packages } })),
    similar: similarTo(packageName, names),
  };
}

const SIMILAR_MAX = 4;

/** Hosted names that share the package's own part, or contain it: a vendor that was mistyped, or a name cut short. */
function similarTo(packageName: string, names: readonly string[]): string[] {
  const part = packageName.split("/")[1] ?? "";
  if (part === "") return [];
  return names
    .filter((name) => name !== packageName && (name.includes(part) || packageName.includes(name.split("/")[1] ?? "/")))
    .slice(0, SIMILAR_MAX);
}
