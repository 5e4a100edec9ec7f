import ignore from 'ignore';

/** A `.gitignore` file. */
export interface IgnoreFile {
  /** The folder it is in, relative to the root, with `/` between parts and without one at its end; empty for the root. */
  readonly folder: string;
  readonly text: string;
}

/**
 * Whether Git would ignore a file: told of its path relative to the root. A rule of a deeper `.gitignore` goes before one
 * above it, but nothing in an ignored folder is taken up again, as in Git.
 */
export function createIgnored(files: readonly IgnoreFile[]): (path: string) => boolean {
  const rules = new Map(files.map(({ folder, text }) => [folder, ignore().add(text)]));

  const isIgnoredItself = (path: string): boolean => {
    let ignored = false;
    for (const folder of foldersAbove(path)) {
      const found = rules.get(folder)?.test(folder === '' ? path : path.slice(folder.length + 1));
      if (found?.ignored) ignored = true;
      else if (found?.unignored) ignored = false;
    }
    return ignored;
  };
  // The root itself is no path that could be ignored.
  return path =>
    foldersAbove(path)
      .slice(1)
      .some(folder => isIgnoredItself(`${folder}/`)) || isIgnoredItself(path);
}

/** The folders that a path is in, outermost first, beginning with the root: of `a/b/c` '', `a`, `a/b`. */
function foldersAbove(path: string): string[] {
  const parts = path.replace(/\/$/, '').split('/').slice(0, -1);
  return ['', ...parts.map((_, i) => parts.slice(0, i + 1).join('/'))];
}
