/** Where a key leads from a mark; null for keys that are not ours. */
export function nextMark(key: string, from: number | null, count: number): number | null {
  if (count === 0) return null;
  const clamp = (mark: number) => Math.max(0, Math.min(count - 1, mark));
  const page = Math.max(1, Math.round(count / 10));
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return from === null ? 0 : clamp(from + 1);
    case 'ArrowLeft':
    case 'ArrowDown':
      return from === null ? count - 1 : clamp(from - 1);
    case 'PageUp':
      return clamp((from ?? 0) + page);
    case 'PageDown':
      return clamp((from ?? 0) - page);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
