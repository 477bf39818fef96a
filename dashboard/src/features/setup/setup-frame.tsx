import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import type { ReactNode } from "react";
import { api } from "../../api/client.ts";
import { useSession, useSessionChanged } from "../../api/session.ts";
import { Logo } from "../../layout/logo.tsx";
import { classNames } from "../../ui/class-names.ts";
import { forgetSetup } from "./setup-token.ts";
import { Stepper } from "./stepper.tsx";

/** The sheet of one step, with the way there above it. */
export function SetupFrame({
  step,
  title,
  description,
  wide = false,
  children,
}: {
  step: number;
  title: string;
  description?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · PACKAGE.broker`;
    window.scrollTo(0, 0);
  }, [title]);
  return (
    <main className="flex min-h-dvh flex-col items-center px-4 py-8 sm:py-12">
      <div className="flex w-full max-w-4xl flex-col gap-7">
        <div className="flex justify-center">
          <Logo />
        </div>
        <Stepper current={step} />
        <section
          className={classNames(
            "w-full self-center rounded-2xl border border-line bg-surface px-5 py-7 shadow-card sm:px-9",
            !wide && "max-w-2xl",
          )}
        >
          <h1 className="text-[1.45rem] leading-tight font-semibold tracking-[-0.01em]">{title}</h1>
          {description !== undefined && <div className="mt-1.5 max-w-2xl text-ink-2">{description}</div>}
          <div className="mt-6 flex flex-col gap-5">{children}</div>
        </section>
        <WhoAmI />
      </div>
    </main>
  );
}

function WhoAmI() {
  const { data } = useSession();
  const sessionChanged = useSessionChanged();
  const leave = () => {
    forgetSetup();
    return sessionChanged();
  };
  const logOut = useMutation({ mutationFn: () => api.DELETE("/api/session"), onSettled: leave });
  const user = data?.user ?? null;
  if (user === null) return null;
  return (
    <p className="text-center text-ink-3">
      Logged in as {user.email}.{" "}
      <button type="button" className="text-ink-2 underline hover:text-ink" onClick={() => logOut.mutate()}>
        Log out
      </button>
    </p>
  );
}

/** The foot of a step: one thing to go on with, and what else one can do. */
export function StepActions({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap items-center justify-end gap-2 border-t border-line pt-5">{children}</div>;
}
