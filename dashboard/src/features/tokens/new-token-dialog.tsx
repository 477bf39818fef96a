import { useState } from "react";
import { useNavigate } from "react-router";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { Note } from "../../ui/note.tsx";
import { NewTokenForm } from "./new-token-form.tsx";
import type { NewTokenPrefill } from "./new-token-form.tsx";
import { SecretDelivery } from "./secret-delivery.tsx";
import { nameOf } from "./tokens.ts";
import type { createToken } from "./tokens.ts";

/** Sells by hand. While the secret is shown, it closes only on purpose. */
export function NewTokenDialog({
  open,
  onClose,
  prefill = {},
}: {
  open: boolean;
  onClose: () => void;
  prefill?: NewTokenPrefill;
}) {
  const [created, setCreated] = useState<Awaited<ReturnType<typeof createToken>>>();
  const navigate = useNavigate();
  const close = () => {
    setCreated(undefined);
    onClose();
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      wide
      dismissible={created === undefined}
      title={created === undefined ? "New token" : "The token is ready"}
      description={
        created === undefined ? "What composer on the customer's machines logs in with." : `For ${nameOf(created)}`
      }
    >
      {created === undefined ? (
        <NewTokenForm prefill={prefill} onCreated={setCreated} onCancel={close} />
      ) : (
        <div className="flex flex-col gap-4">
          {created.warnings?.map((warning) => (
            <Note key={warning} tone="warn">
              {warning}
            </Note>
          ))}
          {created.mailed && <Note>The customer is mailed this token now, and later what becomes of it.</Note>}
          <SecretDelivery
            delivery={{
              secret: created.token,
              patterns: created.allowed_package_prefixes,
              isReplacement: false,
              mail: created.instructions,
            }}
          />
          <Actions>
            <Button
              onClick={() => {
                close();
                void navigate(`/tokens/${created.id}`);
              }}
            >
              Open the token
            </Button>
            <Button kind="primary" onClick={close}>
              Done, I have copied it
            </Button>
          </Actions>
        </div>
      )}
    </Dialog>
  );
}
