/** A failure that belongs to one file: what is shown is `FILE: message`. */
export class FileError extends Error {
  override readonly name = 'FileError';
  readonly file: string;
  constructor(file: string, cause: Error) {
    super(cause.message, { cause });
    this.file = file;
  }
}

/** Runs `work` and puts `file` in front of whatever it throws. */
export async function about<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (e) {
    throw e instanceof Error && !(e instanceof FileError) ? new FileError(file, e) : e;
  }
}
