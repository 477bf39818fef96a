import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { api, unwrap } from "../api/client.ts";
import { ApiError } from "../api/errors.ts";
import { useSession } from "../api/session.ts";
import { InvitationForm } from "../features/login/invitation-form.tsx";
import { useLinkSecret } from "../features/login/use-link-secret.ts";
import { PlainPage } from "../layout/plain-page.tsx";
import { ButtonLink } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Note } from "../ui/note.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { Time } from "../ui/time.tsx";

const ROLES: Record<string, string> = {
  owner: "as an owner, who may do everything",
  admin: "as an admin, who runs everything here",
  support: "for support: customers, their tokens and grants",
  viewer: "as a viewer, who sees everything and changes nothing",
};

export function Component() {
  const { secret, forget } = useLinkSecret("invitation");
  const navigate = useNavigate();
  const session = useSession();
  const lookup = useQuery({
    queryKey: ["invitation", secret],
    queryFn: () => unwrap(api.POST("/api/invitations/lookup", { body: { token: secret ?? "" } })),
    enabled: secret !== undefined,
    staleTime: Infinity,
  });
  if (secret === undefined) {
    return (
      <PlainPage
        title="Open your invitation"
        description="The invitation is a link from a mail or a colleague. Open it whole, with everything after the #."
      >
        <ToLogin />
      </PlainPage>
    );
  }
  if (lookup.error !== null) {
    const isLinkBad = lookup.error instanceof ApiError && lookup.error.code.startsWith("link.");
    return (
      <PlainPage title="This invitation does not work">
        <div className="flex flex-col gap-5">
          {isLinkBad ? (
            <ErrorNote error={new Error(lookup.error.message)} />
          ) : (
            <ErrorNote error={lookup.error} onRetry={() => void lookup.refetch()} />
          )}
          <p className="text-ink-2">
            If you accepted it before, log in. Otherwise ask whoever invited you for a new one.
          </p>
          <ToLogin />
        </div>
      </PlainPage>
    );
  }
  if (lookup.data === undefined) {
    return (
      <PlainPage title="Welcome">
        <div className="flex flex-col gap-5" role="status" aria-label="Loading">
          <Skeleton className="h-14" />
          <Skeleton className="h-14" />
          <Skeleton className="h-14" />
        </div>
      </PlainPage>
    );
  }
  const { email, role, expires_at } = lookup.data;
  const other = session.data?.user?.email;
  return (
    <PlainPage
      title="Welcome"
      description={
        <>
          You are invited {ROLES[role] ?? `as ${role}`}. The invitation ends <Time at={expires_at} />.
        </>
      }
    >
      <div className="flex flex-col gap-5">
        {other !== undefined && (
          <Note tone="warn">
            You are logged in as {other}. Accepting logs this browser in as {email} instead.
          </Note>
        )}
        <InvitationForm
          key={secret}
          secret={secret}
          invitation={lookup.data}
          onAccepted={() => {
            forget();
            void navigate("/", { replace: true });
          }}
        />
      </div>
    </PlainPage>
  );
}

function ToLogin() {
  return (
    <ButtonLink to="/login" className="w-full">
      To the log-in
    </ButtonLink>
  );
}
