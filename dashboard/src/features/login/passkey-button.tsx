import { useMutation } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { api, unwrap } from "../../api/client.ts";
import { ApiError } from "../../api/errors.ts";
import { useSessionChanged } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";

/** Whether this browser, and this address, can have passkeys at all. */
export function hasPasskeys(): boolean {
  return typeof PublicKeyCredential === "function" && /[a-z]/i.test(location.hostname);
}

/** Logs in without anything typed. */
export function PasskeyButton() {
  const sessionChanged = useSessionChanged();
  const logIn = useMutation({
    mutationFn: async () => {
      const options = await unwrap(api.POST("/api/session/passkey-options", { body: {} }));
      const { signWithPasskey } = await import("../account/webauthn.ts");
      return await unwrap(api.POST("/api/session/passkey", { body: await signWithPasskey(options) }));
    },
    onSuccess: sessionChanged,
  });
  const { error } = logIn;
  return (
    <>
      <Button icon={<KeyRound className="size-4" />} busy={logIn.isPending} onClick={() => logIn.mutate()}>
        Use a passkey
      </Button>
      {error !== null && <ErrorNote error={error instanceof ApiError ? new Error(error.message) : error} />}
    </>
  );
}
