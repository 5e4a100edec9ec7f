import { escapeControls } from '../base/format';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Text as XML or HTML that shows just that text, in content and in quoted attributes. Control characters become visible; what
 * XML has no place for, halves of surrogate pairs among it, becomes U+FFFD.
 */
export function escapeXml(text: string): string {
  return escapeControls(text)
    .replace(/[\p{Cs}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"']/g, sign => entities[sign]!);
}
