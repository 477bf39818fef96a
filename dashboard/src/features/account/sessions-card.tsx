import { Monitor, Smartphone } from "lucide-react";
import { useState } from "react";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { SkeletonRows } from "../../ui/skeleton.tsx";
import { Time } from "../../ui/time.tsx";
import { useToast } from "../../ui/toast.tsx";
import { useEndOtherSessions, useEndSession, useOwnSessions } from "./account.ts";
import type { Session } from "./account.ts";
import { browserName, isPhone } from "./browser-name.ts";

/** Where one is logged in. */
export function SessionsCard() {
  const sessions = useOwnSessions();
  const [ending, setEnding] = useState<Session>();
  const [endingOthers, setEndingOthers] = useState(false);
  const list = sessions.data;
  const others = list?.filter((session) => !session.current).length ?? 0;
  return (
    <Card
      flush
      title="Sessions"
      description="The browsers in which you are logged in. End what you do not know, and change your password then."
      actions={others > 0 && <Button onClick={() => setEndingOthers(true)}>End all others</Button>}
    >
      {list !== undefined ? (
        <ul className="divide-y divide-line">
          {list.map((session) => (
            <SessionRow key={session.id} session={session} onEnd={() => setEnding(session)} />
          ))}
        </ul>
      ) : sessions.isError ? (
        <div className="p-5">
          <ErrorNote error={sessions.error} onRetry={() => void sessions.refetch()} />
        </div>
      ) : (
        <SkeletonRows rows={1} />
      )}
      {ending !== undefined && <EndSessionDialog session={ending} onClose={() => setEnding(undefined)} />}
      {endingOthers && <EndOthersDialog count={others} onClose={() => setEndingOthers(false)} />}
    </Card>
  );
}

function SessionRow({ session, onEnd }: { session: Session; onEnd: () => void }) {
  const Icon = isPhone(session.user_agent) ? Smartphone : Monitor;
  const name = browserName(session.user_agent);
  return (
    <li className="flex items-center gap-3.5 px-5 py-3.5">
      <Icon className="size-5 shrink-0 text-ink-3" aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1" title={session.user_agent ?? undefined}>
          <span className="font-medium">{name}</span>
          {session.current && <Badge tone="good">This session</Badge>}
        </p>
        <p className="text-ink-3">
          {session.address ?? "Unknown address"}
          <span className="hidden sm:inline"> · </span>
          <span className="block sm:inline">
            logged in <Time at={session.created_at} />
          </span>
          {!session.current && (
            <>
              <span className="hidden sm:inline"> · </span>
              <span className="block sm:inline">
                last seen <Time at={session.last_seen_at} />
              </span>
            </>
          )}
        </p>
      </div>
      {!session.current && (
        <Button size="small" aria-label={`End the session of ${name}`} onClick={onEnd}>
          End
        </Button>
      )}
    </li>
  );
}

function EndSessionDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const end = useEndSession();
  const toast = useToast();
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title="End this session?"
      confirm="End session"
      onConfirm={async () => {
        await end.mutateAsync(session.id);
        toast("The session is ended");
      }}
    >
      <p>
        {browserName(session.user_agent)}
        {session.address !== null && ` at ${session.address}`} is logged out with its next click. Whoever sits there
        needs your password to come back.
      </p>
    </ConfirmDialog>
  );
}

function EndOthersDialog({ count, onClose }: { count: number; onClose: () => void }) {
  const end = useEndOtherSessions();
  const toast = useToast();
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title="End all other sessions?"
      confirm="End all others"
      onConfirm={async () => {
        const { ended } = await end.mutateAsync();
        toast(ended === 1 ? "1 session ended" : `${ended} sessions ended`);
      }}
    >
      <p>
        {count === 1 ? "The other browser is" : `The ${count} other browsers are`} logged out with the next click. You
        stay logged in here.
      </p>
    </ConfirmDialog>
  );
}
