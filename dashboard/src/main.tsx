import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router/dom";
import { queryClient } from "./api/query-client.ts";
import { StepUpHost } from "./features/step-up/step-up-host.tsx";
import { followSystemTheme } from "./layout/theme.ts";
import { router } from "./router.tsx";
import "./styles.css";
import { ToastProvider } from "./ui/toast.tsx";

followSystemTheme();
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <ToastProvider>
        <RouterProvider router={router} />
        <StepUpHost />
      </ToastProvider>
    </QueryClientProvider>
  </StrictMode>,
);
