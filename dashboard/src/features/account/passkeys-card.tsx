import { KeyRound } from "lucide-react";
import { useState } from "react";
import type { SubmitEvent } from "react";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { SkeletonRows } from "../../ui/skeleton.tsx";
import { Time } from "../../ui/time.tsx";
import { useToast } from "../../ui/toast.tsx";
import { AddPasskeyDialog } from "./add-passkey-dialog.tsx";
import { usePasskeys, useRemovePasskey, useRenamePasskey } from "./passkeys.ts";
import type { Passkey } from "./passkeys.ts";

/** What one logs in with instead of password and code. */
export function PasskeysCard() {
  const passkeys = usePasskeys();
  const [doing, setDoing] = useState<{ what: "add" } | { what: "rename" | "remove"; passkey: Passkey }>();
  const done = () => setDoing(undefined);
  const list = passkeys.data;
  return (
    <Card
      flush
      title="Passkeys"
      description="Log in with your finger, face or PIN, or a security key, instead of password and code."
      actions={
        <Button kind="primary" onClick={() => setDoing({ what: "add" })}>
          Add passkey
        </Button>
      }
    >
      {list !== undefined ? (
        <ul className="divide-y divide-line">
          {list.map((passkey) => (
            <PasskeyRow key={passkey.id} passkey={passkey} onDo={(what) => setDoing({ what, passkey })} />
          ))}
          {list.length === 0 && <li className="px-5 py-4 text-ink-3">None yet.</li>}
        </ul>
      ) : passkeys.isError ? (
        <ErrorNote error={passkeys.error} className="m-5" onRetry={() => void passkeys.refetch()} />
      ) : (
        <SkeletonRows rows={1} />
      )}
      {doing?.what === "add" && <AddPasskeyDialog onClose={done} />}
      {doing?.what === "rename" && <RenameDialog passkey={doing.passkey} onClose={done} />}
      {doing?.what === "remove" && <RemoveDialog passkey={doing.passkey} onClose={done} />}
    </Card>
  );
}

function PasskeyRow({ passkey, onDo }: { passkey: Passkey; onDo: (what: "rename" | "remove") => void }) {
  return (
    <li className="flex flex-wrap items-center gap-x-3.5 gap-y-2 px-5 py-3.5">
      <KeyRound className="size-5 shrink-0 text-ink-3" aria-hidden="true" />
      <div className="min-w-0 flex-1 basis-48">
        <p className="font-medium break-words">{passkey.name}</p>
        <p className="text-ink-3">
          added <Time at={passkey.created_at} />
          {passkey.last_used_at !== null && (
            <>
              , last used <Time at={passkey.last_used_at} />
            </>
          )}
          {passkey.synced && ", on your other devices too"}
        </p>
      </div>
      <div className="flex gap-2">
        <Button size="small" aria-label={`Rename ${passkey.name}`} onClick={() => onDo("rename")}>
          Rename
        </Button>
        <Button size="small" aria-label={`Remove ${passkey.name}`} onClick={() => onDo("remove")}>
          Remove
        </Button>
      </div>
    </li>
  );
}

function RenameDialog({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const rename = useRenamePasskey();
  const [name, setName] = useState(passkey.name);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    rename.mutate({ id: passkey.id, name }, { onSuccess: onClose });
  };
  return (
    <Dialog open onClose={onClose} title="Rename passkey">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField
          label="Name"
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        {rename.error !== null && <ErrorNote error={rename.error} />}
        <Actions>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" busy={rename.isPending} disabled={name.trim() === ""}>
            Rename
          </Button>
        </Actions>
      </form>
    </Dialog>
  );
}

function RemoveDialog({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const remove = useRemovePasskey();
  const toast = useToast();
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Remove the passkey ${passkey.name}?`}
      confirm="Remove passkey"
      onConfirm={async () => {
        await remove.mutateAsync(passkey.id);
        toast("The passkey is removed");
      }}
    >
      <p>It logs you in no more. Where the browser or password manager keeps it, remove it there as well.</p>
    </ConfirmDialog>
  );
}
