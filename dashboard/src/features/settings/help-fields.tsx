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

const FIELDS = [
  {
    name: "renew_url",
    label: "Renewal URL",
    hint: "Your shop's page to renew or buy. What composer says of what has ended or was not bought ends in it.",
    type: "url",
    placeholder: "https://example.com/account",
  },
  {
    name: "support_url",
    label: "Support URL",
    hint: "A help page or a contact form of yours. What else composer says ends in it, or else in the address.",
    type: "url",
    placeholder: "https://example.com/help",
  },
  {
    name: "support_email",
    label: "Support e-mail",
    hint: "Where customers write to when an installation fails.",
    type: "email",
    placeholder: "support@example.com",
  },
] as const;

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
  return FIELDS.map(({ name, label, hint, type, placeholder }) => (
    <TextField
      key={name}
      label={label}
      hint={name === "renew_url" && instead !== undefined ? `${hint} ${instead}` : hint}
      optional
      type={type}
      value={texts[name]}
      onChange={(event) => setTexts((before) => ({ ...before, [name]: event.target.value }))}
      placeholder={placeholder}
      autoComplete="off"
      disabled={disabled}
      error={at(`/${name}`)}
    />
  ));
}
