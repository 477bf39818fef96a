import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

/**
 * Filters that live in the address, so that a reload, the back button and a link in a chat show the same list.
 * An empty value leaves the address.
 */
export function useFilters<const Name extends string>(
  names: readonly Name[],
): [Partial<Record<Name, string>>, (changes: Partial<Record<Name, string>>) => void] {
  const [params, setParams] = useSearchParams();
  const key = names.map((name) => params.get(name) ?? "").join("\n");
  const values = useMemo(() => {
    const given: Partial<Record<Name, string>> = {};
    key.split("\n").forEach((value, index) => {
      const name = names[index];
      if (name !== undefined && value !== "") given[name] = value;
    });
    return given;
    // The names are written down where this is called, and never change.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  const change = useCallback(
    (changes: Partial<Record<Name, string>>) =>
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          for (const [name, value] of Object.entries<string | undefined>(changes)) {
            if (value === undefined || value === "") after.delete(name);
            else after.set(name, value);
          }
          return after;
        },
        { replace: true },
      ),
    [setParams],
  );
  return [values, change];
}
