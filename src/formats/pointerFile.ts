import { WeightError } from '../base/errors';

/** Pointer files are far smaller than this; anything larger is no pointer. */
export const maxPointerBytes = 1024;

/**
 * Names a file that only points at the weights: what a clone leaves behind when the large files were not fetched.
 * @param head the whole file when it is at most `maxPointerBytes` long
 * @param name of the file, without a folder: it goes into the command that fetches it
 * @returns the error that says so, or undefined when it is no pointer
 * @source git-lfs/git-lfs docs/spec.md; huggingface/xet-core, pointer_file.rs
 */
export function pointerFile(head: Uint8Array, name: string): WeightError | undefined {
  if (head.length > maxPointerBytes) return undefined;
  const text = new TextDecoder('latin1').decode(head);
  const lfs =
    /^version https?:\/\/(?:git-lfs\.github\.com\/spec|hawser\.github\.com\/spec|git-media\.io\/v)/;
  if (lfs.test(text))
    return notFetched(
      'Git LFS',
      /^size ([0-9]+)$/m.exec(text)?.[1],
      `git lfs pull${include(name)}`,
    );
  if (/^# xet version /.test(text))
    return notFetched(
      'Xet',
      /^filesize = ([0-9]+)$/m.exec(text)?.[1],
      `git xet materialize ${isPlain(name) ? name : 'FILE'}\` or, for a Hugging Face repository, \`hf download REPOSITORY ${isPlain(name) ? name : 'FILE'}`,
    );
  return undefined;
}

function notFetched(what: string, size: string | undefined, command: string): WeightError {
  const bytes = size === undefined ? 'weights' : `${size} bytes of weights`;
  return new WeightError(
    'not-this-format',
    `the file is a ${what} pointer: its ${bytes} have not been fetched. Run \`${command}\``,
    { expected: 'weights', actual: `${what} pointer` },
  );
}

/** Names that a shell takes as they are. Others are left out: a command made of a stranger's file name must not run. */
const isPlain = (name: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(name);

const include = (name: string): string => (isPlain(name) ? ` --include="${name}"` : '');
