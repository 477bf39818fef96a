import { Image } from "lucide-react";
import { createContext, use } from "react";
import type { ReactNode } from "react";
import Markdown from "react-markdown";
import type { Components } from "react-markdown";
import remarkGfm from "remark-gfm";

/** Of what is written in a repository, by whoever may write there: no HTML, no address but of these kinds. */
const SAFE_ADDRESS = /^(?:https?:\/\/|mailto:)/i;

/** The page has its own h1, and the card its h2. */
const HEADING = "mt-6 mb-2 font-semibold first:mt-0 wrap-anywhere";

/** A picture in a link: links cannot be nested. */
const InLink = createContext(false);

export default function ReadmeMarkdown({ content }: { content: string }) {
  return (
    <div className="max-w-3xl leading-relaxed wrap-anywhere">
      <Markdown remarkPlugins={[remarkGfm]} skipHtml urlTransform={safeAddress} components={COMPONENTS}>
        {content}
      </Markdown>
    </div>
  );
}

function safeAddress(url: string): string {
  return SAFE_ADDRESS.test(url) && URL.canParse(url) ? url : "";
}

function OutwardLink({ href, children }: { href: string | undefined; children: ReactNode }) {
  const isNested = use(InLink);
  // Into the repository, or to a heading of this page: neither is here.
  if (href === undefined || href === "" || isNested) return <>{children}</>;
  return (
    <a
      href={href}
      target="_blank"
      rel="noreferrer noopener"
      className="text-accent-text underline decoration-accent-text/40 underline-offset-2 hover:decoration-accent-text"
    >
      <InLink value={true}>{children}</InLink>
    </a>
  );
}

/** Pictures are not loaded: nothing of this page comes from elsewhere, and nobody elsewhere learns that it was seen. */
function PictureLink({ src, alt }: { src: string | undefined; alt: string | undefined }) {
  const text = alt === undefined || alt.trim() === "" ? "picture" : alt;
  return (
    <OutwardLink href={src}>
      <Image className="mr-1 inline size-3.5 align-[-0.15em]" aria-hidden="true" />
      {text}
    </OutwardLink>
  );
}

const COMPONENTS: Components = {
  a: ({ href, children }) => <OutwardLink href={href}>{children}</OutwardLink>,
  img: ({ src, alt }) => <PictureLink src={typeof src === "string" ? src : undefined} alt={alt} />,
  h1: ({ children }) => <h3 className={`${HEADING} text-[1.43rem]`}>{children}</h3>,
  h2: ({ children }) => <h4 className={`${HEADING} border-b border-line pb-1.5 text-[1.21rem]`}>{children}</h4>,
  h3: ({ children }) => <h5 className={`${HEADING} text-[1.07rem]`}>{children}</h5>,
  h4: ({ children }) => <h6 className={HEADING}>{children}</h6>,
  h5: ({ children }) => <h6 className={HEADING}>{children}</h6>,
  h6: ({ children }) => <h6 className={HEADING}>{children}</h6>,
  p: ({ children }) => <p className="my-3 first:mt-0 last:mb-0">{children}</p>,
  ul: ({ children }) => <ul className="my-3 list-disc space-y-1 pl-6">{children}</ul>,
  ol: ({ children, start }) => (
    <ol className="my-3 list-decimal space-y-1 pl-6" start={start}>
      {children}
    </ol>
  ),
  li: ({ children }) => <li className="marker:text-ink-3">{children}</li>,
  blockquote: ({ children }) => (
    <blockquote className="my-3 border-l-3 border-line-strong pl-4 text-ink-2">{children}</blockquote>
  ),
  hr: () => <hr className="my-5 border-line" />,
  pre: ({ children }) => (
    <pre
      className="my-3 overflow-x-auto rounded-lg border border-line bg-sunken px-3.5 py-3 leading-relaxed wrap-normal [&_code]:bg-transparent [&_code]:p-0"
      tabIndex={0}
    >
      {children}
    </pre>
  ),
  code: ({ children }) => <code className="rounded bg-sunken px-1 py-0.5">{children}</code>,
  table: ({ children }) => (
    <div className="my-3 overflow-x-auto" role="region" aria-label="Table of the readme" tabIndex={0}>
      <table className="border-collapse text-left wrap-normal">{children}</table>
    </div>
  ),
  th: ({ children }) => <th className="border border-line bg-sunken px-3 py-1.5 font-medium">{children}</th>,
  td: ({ children }) => <td className="border border-line px-3 py-1.5">{children}</td>,
  // The only ones there are: the ticks of a task list.
  input: ({ checked }) => <span>{checked === true ? "☑ " : "☐ "}</span>,
};
