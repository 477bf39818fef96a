import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Note } from "../../ui/note.tsx";
import { ReasonField, reasonOf } from "../../ui/reason-field.tsx";
import { useToast } from "../../ui/toast.tsx";
import { useHostedPackages } from "../packages/hosted-packages.ts";
import { openedOnlyBy } from "./package-patterns.ts";
import { PatternsField, nameSome, patternsOf } from "./patterns-field.tsx";
import type { ChosenPatterns } from "./patterns-field.tsx";
import { changeToken, nameOf, useTokensChanged } from "./tokens.ts";
import type { Token } from "./tokens.ts";
import { useAttempt } from "./use-attempt.ts";

export function PackagesDialog({ token, open, onClose }: { token: Token; open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Change the packages" description={nameOf(token)}>
      <PackagesForm token={token} onClose={onClose} />
    </Dialog>
  );
}

function PackagesForm({ token, onClose }: { token: Token; onClose: () => void }) {
  const before = token.allowed_package_prefixes;
  const [chosen, setChosen] = useState<ChosenPatterns>({
    patterns: before ?? [],
    everything: before === null,
    typed: "",
  });
  const [reason, setReason] = useState("");
  const { busy, attempt, field, otherError } = useAttempt();
  const tokensChanged = useTokensChanged();
  const toast = useToast();
  const after = patternsOf(chosen);
  const other = otherError(["/allowed_package_prefixes"]);
  const save = () =>
    attempt(async () => {
      if (after === undefined) return;
      await changeToken(token.id, { allowed_package_prefixes: after, ...reasonOf(reason) });
      await tokensChanged();
      toast("The packages of the token were changed.");
      onClose();
    });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      className="flex flex-col gap-4"
    >
      {token.access === "project" && (
        <p className="text-ink-2">
          It reads what is named here and granted to its customer; what is named and not granted opens nothing.
        </p>
      )}
      <PatternsField
        chosen={chosen}
        onChange={setChosen}
        error={field("/allowed_package_prefixes")}
        allowsEverything={token.access !== "project"}
      />
      {after === undefined ? (
        <Note tone="warn">A token needs at least one package. To take everything away, revoke it.</Note>
      ) : (
        <Difference before={before} after={after} />
      )}
      <ReasonField value={reason} onChange={setReason} placeholder="Upgraded by phone" />
      {other !== undefined && <ErrorNote error={other} />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={busy} disabled={after === undefined}>
          Save packages
        </Button>
      </Actions>
    </form>
  );
}

/** What they lose and what they get, among what is hosted; where nothing hosted changes, the prefixes themselves. */
function Difference({ before, after }: { before: string[] | null; after: string[] | null }) {
  const { names } = useHostedPackages();
  const lost = openedOnlyBy(before, after, names);
  const won = openedOnlyBy(after, before, names);
  const removed = (before ?? []).filter((pattern) => after !== null && !after.includes(pattern));
  return (
    <>
      {(lost.length > 0 || removed.length > 0 || (before === null && after !== null)) && (
        <Note tone="warn">
          {lost.length > 0
            ? `They lose ${nameSome(lost, 8)}, from composer's next request on.`
            : before === null
              ? "They lose what comes later and is not among these."
              : `Without ${nameSome(removed, 8)} they lose no package that is hosted now.`}
        </Note>
      )}
      {won.length > 0 && <Note>They get {nameSome(won, 8)}.</Note>}
    </>
  );
}
