import { Suspense, lazy, useEffect, useState } from "react";
import { askWith } from "../../api/step-up.ts";

const StepUpDialog = lazy(() => import("./step-up-dialog.tsx"));

/** Shows the question above whatever is open, and lets the request that met it go on. */
export function StepUpHost() {
  const [answer, setAnswer] = useState<(confirmed: boolean) => void>();
  useEffect(() => {
    askWith(() => new Promise((resolve) => setAnswer(() => resolve)));
    return () => askWith(undefined);
  }, []);
  if (answer === undefined) return null;
  const done = (confirmed: boolean) => {
    setAnswer(undefined);
    answer(confirmed);
  };
  return (
    <Suspense fallback={null}>
      <StepUpDialog onDone={done} />
    </Suspense>
  );
}
