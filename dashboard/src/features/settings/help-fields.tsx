import { useState } from "react";
import type { Dispatch, SetStateAction } from "react";
import { TextField } from "../../ui/field.tsx";

/** Where buyers are sent: of the server, a shop or a package. */
export interface HelpAddresses {
  support_email: string | null;
  support_url: string | null;
  renew_url: string | null;
}

export interface HelpTexts {
  support_email: string;
  support_url: string;
  renew_url: string;
}

/** What is typed of them. */
export function useHelpTexts({ support_email, support_url, renew_url }: HelpAddresses) {
  const [texts, setTexts] = useState<HelpTexts>({
    support_email: support_email ?? "",
    support_url: support_url ?? "",
    renew_url: renew_url ?? "",
  });
  return { texts, setTexts };
}

/** What is sent of it: an empty field clears. */
export function helpInput(texts: HelpTexts): HelpAddresses {
  return {
    support_email: orNull(texts.support_email),
    support_url: orNull(texts.support_url),
    renew_url: orNull(texts.renew_url),
  };
}

export function isHelpChanged(texts: HelpTexts, before: HelpAddresses): boolean {
  const input = helpInput(texts);
  return (["support_email", "support_url", "renew_url"] as const).some((name) => input[name] !== before[name]);
}

export function orNull(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}

export function HelpFields({
  help: { texts, setTexts },
  at,
  disabled = false,
  instead,
}: {
  help: { texts: HelpTexts; setTexts: Dispatch<SetStateAction<HelpTexts>> };
  at: (pointer: string) => string | undefined;
  disabled?: boolean;
  /** What counts where a field is empty. */
  instead?: string;
}) {
  const set = (name: keyof HelpTexts, value: string) => setTexts((before) => ({ ...before, [name]: value }));
  const more = instead === undefined ? "" : ` ${instead}`;
  return (
    <>
      <TextField
        label="Renewal URL"
        hint={`Your shop's page to renew or buy. What composer says of what has ended or was not bought ends in it.${more}`}
        optional
        type="url"
        value={texts.renew_url}
        onChange={(event) => set("renew_url", event.target.value)}
        placeholder="https://example.com/account"
        autoComplete="off"
        disabled={disabled}
        error={at("/renew_url")}
      />
      <TextField
        label="Support URL"
        hint="A help page or a contact form of yours. What else composer says ends in it, or else in the address."
        optional
        type="url"
        value={texts.support_url}
        onChange={(event) => set("support_url", event.target.value)}
        placeholder="https://example.com/help"
        autoComplete="off"
        disabled={disabled}
        error={at("/support_url")}
      />
      <TextField
        label="Support e-mail"
        hint="Where customers write to when an installation fails."
        optional
        type="email"
        value={texts.support_email}
        onChange={(event) => set("support_email", event.target.value)}
        placeholder="support@example.com"
        autoComplete="off"
        disabled={disabled}
        error={at("/support_email")}
      />
    </>
  );
}
