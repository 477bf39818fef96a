import { NameCard } from "../features/account/name-card.tsx";
import { PasskeysCard } from "../features/account/passkeys-card.tsx";
import { PasswordCard } from "../features/account/password-card.tsx";
import { SessionsCard } from "../features/account/sessions-card.tsx";
import { ThemeCard } from "../features/account/theme-card.tsx";
import { TwoFactorCard } from "../features/account/two-factor-card.tsx";
import { hasPasskeys } from "../features/login/passkey-button.tsx";

export function Component() {
  return (
    <>
      <NameCard />
      <PasswordCard />
      <TwoFactorCard />
      {hasPasskeys() && <PasskeysCard />}
      <SessionsCard />
      <ThemeCard />
    </>
  );
}
