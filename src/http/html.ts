/**
 * Text into HTML, and a page around it.
 *
 * Spec      HTML Living Standard §13.1.2.3 attributes, §13.1.4 character references
 * Next      io/respond.ts - sends it
 * Left out  templates; text within <script> and <style>, where no reference is read
 */

const references = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

/** Makes any text safe between tags and within a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => references.get(character)!);
}

/** A whole page. */
export interface HtmlPage {
  title: string;
  /** HTML, already escaped where it holds text. */
  bodyHtml: string;
  /** A BCP 47 tag; default "en". */
  language?: string;
  /** The address of a style sheet; inline styles are refused by our own Content-Security-Policy. */
  stylesheet?: string;
}

/** Writes a page: doctype, language, encoding, phone-sized viewport, title, body. */
export function serializeHtmlPage(page: HtmlPage): string {
  const { title, bodyHtml, language = 'en', stylesheet } = page;
  const link =
    stylesheet === undefined ? '' : `\n<link rel="stylesheet" href="${escapeHtml(stylesheet)}">`;
  return `<!doctype html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>${link}
</head>
<body>
${bodyHtml}
</body>
</html>
`;
}
