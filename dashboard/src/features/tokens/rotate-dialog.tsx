import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Choices } from "../../ui/choices.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Checkbox } from "../../ui/field.tsx";
import { Note } from "../../ui/note.tsx";
import { SecretDelivery } from "./secret-delivery.tsx";
import { nameOf, newOnceKey, rotateToken, useTokensChanged } from "./tokens.ts";
import type { Token } from "./tokens.ts";
import { useAttempt } from "./use-attempt.ts";

const OVERLAPS = [
  { value: "0", label: "Not at all", text: undefined },
  { value: "86400", label: "1 day", text: "1 day" },
  { value: "604800", label: "7 days", text: "7 days" },
  { value: "2592000", label: "30 days", text: "30 days" },
] as const;
type Rotated = Awaited<ReturnType<typeof rotateToken>>;
type Overlap = (typeof OVERLAPS)[number]["value"];

/** Gives the token a new secret. While it is shown, the dialog closes only on purpose. */
export function RotateDialog({ token, open, onClose }: { token: Token; open: boolean; onClose: () => void }) {
  const [made, setMade] = useState<Rotated>();
  const close = () => {
    setMade(undefined);
    onClose();
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      wide={made !== undefined}
      dismissible={made === undefined}
      title={made === undefined ? "Rotate the secret" : "The new secret"}
      description={nameOf(token)}
    >
      {made === undefined ? (
        <RotateForm token={token} onMade={setMade} onClose={close} />
      ) : (
        <>
          <div className="flex flex-col gap-4">
            {made.warnings?.map((warning) => (
              <Note key={warning} tone="warn">
                {warning}
              </Note>
            ))}
            {made.mailed && <Note>The customer is mailed the new secret now.</Note>}
            <SecretDelivery
              delivery={{
                secret: made.token,
                patterns: token.allowed_package_prefixes,
                isReplacement: true,
                mail: made.instructions,
              }}
            />
          </div>
          <Actions>
            <Button kind="primary" onClick={close}>
              Done, I have copied it
            </Button>
          </Actions>
        </>
      )}
    </Dialog>
  );
}

function RotateForm({
  token,
  onMade,
  onClose,
}: {
  token: Token;
  onMade: (made: Rotated) => void;
  onClose: () => void;
}) {
  const [overlap, setOverlap] = useState<Overlap>("0");
  const [notify, setNotify] = useState(token.notify);
  const [onceKey] = useState(newOnceKey);
  const { busy, error, attempt } = useAttempt();
  const tokensChanged = useTokensChanged();
  const text = OVERLAPS.find(({ value }) => value === overlap)?.text;
  const rotate = () =>
    attempt(async () => {
      const body = { overlap_seconds: Number(overlap), notify };
      onMade(await rotateToken(token.id, body, `${onceKey}-${overlap}-${String(notify)}`));
      await tokensChanged();
    });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void rotate();
      }}
      className="flex flex-col gap-4"
    >
      <p className="text-ink-2">
        The customer gets another secret for the same token: packages, expiry and history stay. For a secret that was
        lost or leaked.
      </p>
      <Choices
        legend={`How long …${token.last_four} goes on working`}
        choices={OVERLAPS}
        value={overlap}
        onChange={setOverlap}
      />
      {text === undefined ? (
        <Note tone="warn">
          Composer with the old secret is refused from the next request on, until the new one is in their auth.json.
        </Note>
      ) : (
        <Note>Both secrets work for {text}, so that build servers can be changed one after the other.</Note>
      )}
      <Checkbox
        label="Mail the new secret to the customer"
        hint="With the line to run in their projects."
        checked={notify}
        onChange={(event) => setNotify(event.target.checked)}
      />
      {error !== undefined && <ErrorNote error={error} />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={busy}>
          Rotate secret
        </Button>
      </Actions>
    </form>
  );
}
