import { Check } from "lucide-react";
import { createContext, useCallback, useContext, useEffect, useMemo, useState } from "react";
import type { ReactNode } from "react";

const ToastContext = createContext<(text: string) => void>(() => undefined);

/** Says in a corner that something was done. Errors stay where they happened and are never a toast. */
export function useToast(): (text: string) => void {
  return useContext(ToastContext);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<{ id: number; text: string }[]>([]);
  const show = useCallback(
    (text: string) => setToasts((before) => [...before.slice(-2), { id: performance.now(), text }]),
    [],
  );
  const remove = useCallback((id: number) => setToasts((before) => before.filter((toast) => toast.id !== id)), []);
  const value = useMemo(() => show, [show]);
  return (
    <ToastContext value={value}>
      {children}
      <div
        role="status"
        aria-live="polite"
        className="pointer-events-none fixed inset-x-4 bottom-4 z-50 flex flex-col items-end gap-2"
      >
        {toasts.map((toast) => (
          <Toast key={toast.id} text={toast.text} onDone={() => remove(toast.id)} />
        ))}
      </div>
    </ToastContext>
  );
}

function Toast({ text, onDone }: { text: string; onDone: () => void }) {
  useEffect(() => {
    const timer = setTimeout(onDone, 4500);
    return () => clearTimeout(timer);
  }, [onDone]);
  return (
    <p className="flex items-center gap-2 rounded-xl border border-line bg-raised px-4 py-2.5 shadow-raised">
      <Check className="size-4 text-good" aria-hidden="true" />
      {text}
    </p>
  );
}
