import { useState } from "react";
import { Link } from "react-router";
import { useMay } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Note } from "../../ui/note.tsx";
import { Time } from "../../ui/time.tsx";
import { useToast } from "../../ui/toast.tsx";
import { sharingText, useDismissSharing, useSharingSignals } from "./sharing.ts";
import type { SharedBy, SharingSignal } from "./sharing.ts";

/** A note for each token that looks shared; nothing where there is none. Its page waits for the same question. */
export function SharingNotes({ of, namesToken = false }: { of: SharedBy; namesToken?: boolean }) {
  const signals = useSharingSignals(of);
  return signals.data?.map((signal) => <SharingNote key={signal.token_id} signal={signal} namesToken={namesToken} />);
}

function SharingNote({ signal, namesToken }: { signal: SharingSignal; namesToken: boolean }) {
  const mayDismiss = useMay("tokens:write");
  const [isAsked, setAsked] = useState(false);
  return (
    <Note tone="warn">
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <p className="min-w-0 flex-1 basis-80 text-pretty">
          <span className="font-medium">{sharingText(signal)}</span>
          {namesToken && (
            <>
              {": "}
              <Link to={`/tokens/${signal.token_id}`} className="underline">
                the token <code>…{signal.last_four}</code>
              </Link>
            </>
          )}
          . It may be shared, or the team is large. Nothing is blocked. Noticed <Time at={signal.suspected_at} />.
        </p>
        {mayDismiss && (
          <Button size="small" onClick={() => setAsked(true)}>
            Dismiss
          </Button>
        )}
      </div>
      <DismissDialog signal={signal} open={isAsked} onClose={() => setAsked(false)} />
    </Note>
  );
}

function DismissDialog({ signal, open, onClose }: { signal: SharingSignal; open: boolean; onClose: () => void }) {
  const dismiss = useDismissSharing();
  const toast = useToast();
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title="Are this many networks in order?"
      confirm="Dismiss"
      kind="primary"
      onConfirm={async () => {
        await dismiss.mutateAsync(signal.token_id);
        toast(`The token …${signal.last_four} is not pointed out any more.`);
      }}
    >
      <p>
        The token <code>…{signal.last_four}</code> goes on working as before. It is pointed out again only when it is
        used from more than {(signal.networks * 2).toLocaleString()} networks.
      </p>
    </ConfirmDialog>
  );
}
