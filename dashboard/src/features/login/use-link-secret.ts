import { useCallback, useEffect, useState } from "react";
import { useLocation } from "react-router";

/**
 * The secret of a one-time link, which stands behind `#`. It is taken out of the address at once, where it would stay
 * in the history and on a screenshot, and is kept for this tab, so that a reload loses nothing. A link that is opened
 * later in the same tab takes its place.
 */
export function useLinkSecret(kind: "setup" | "invitation" | "password-reset"): {
  secret: string | undefined;
  forget: () => void;
} {
  const { hash } = useLocation();
  const key = `link:${kind}`;
  const given = hash.slice(1);
  const [kept, setKept] = useState(() => sessionStorage.getItem(key) ?? undefined);
  const [seen, setSeen] = useState("");
  if (given !== seen) {
    setSeen(given);
    if (given !== "") setKept(given);
  }
  useEffect(() => {
    if (given === "") return;
    sessionStorage.setItem(key, given);
    // Not through the router: it would forget the secret together with the address.
    history.replaceState(history.state, "", location.pathname + location.search);
  }, [given, key]);
  const forget = useCallback(() => {
    sessionStorage.removeItem(key);
    setKept(undefined);
  }, [key]);
  return { secret: kept, forget };
}
