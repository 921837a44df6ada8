/**
 * Files that are whole or not there: written aside first, then given their name in one step.
 *
 * Spec      POSIX link(2), rename(2)
 * Next      credential-files.ts
 * Left out  -
 *
 *   createFile    link    fails where the name is taken: what is there is never overwritten
 *   replaceFile   rename  the old file until the very moment of the new one
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CredentialError } from '../credential-error.ts';

/** Who may read a file: for keys its owner, for certificates everybody who may enter the folder. */
export const FileMode = { secret: 0o600, open: 0o644 } as const;

/**
 * Makes a folder that only its owner may enter. Throws a CredentialError if it is there already and
 * open to others: it may be a folder with other uses, so its mode is not changed behind anybody's
 * back.
 */
export async function preparePrivateFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    const { mode } = await fs.stat(folder);
    const others = mode & 0o077;
    if (others === 0 || process.platform === 'win32') return;
  } catch (error) {
    throw new CredentialError(folder, `cannot be made a folder: ${reason(error)}`, {
      cause: error,
    });
  }
  throw new CredentialError(
    folder,
    `expected a folder that only its owner may enter; run: chmod 700 ${folder}`,
  );
}

// Not mkdir's own `recursive`: where a file system answers ENOENT although the parent is there
// (/proc does), Node's loop tries again for ever.
async function makeFolder(folder: string): Promise<void> {
  try {
    await fs.mkdir(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !(await isThere(dirname(folder)))) {
      await makeFolder(dirname(folder));
      await makeFolder(folder);
    } else if (code !== 'EEXIST' || !(await fs.stat(folder)).isDirectory()) {
      throw error;
    }
  }
}

async function isThere(path: string): Promise<boolean> {
  return await fs.stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * The text of a file; undefined if there is none. Throws a CredentialError if it cannot be read.
 */
export async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await fs.readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CredentialError(file, `cannot be read: ${reason(error)}`, { cause: error });
  }
}

/** Gives a new file its whole content. False, and nothing changed, if the name is taken. */
export async function createFile(file: string, text: string, mode: number): Promise<boolean> {
  return await writeAside(file, text, mode, async (aside) => {
    try {
      await fs.link(aside, file);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      await fs.unlink(aside);
    }
  });
}

/** Puts a new content in place of a file's old one, in one step. */
export async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  await writeAside(file, text, mode, (aside) => fs.rename(aside, file));
}

async function writeAside<T>(
  file: string,
  text: string,
  mode: number,
  give: (aside: string) => Promise<T>,
): Promise<T> {
  const aside = join(dirname(file), `.new-${randomBytes(8).toString('hex')}`);
  try {
    const handle = await fs.open(aside, 'wx', mode);
    try {
      await handle.writeFile(text);
      // On the disk before it has its name, or a crash could leave the name with nothing behind it.
      await handle.sync();
    } finally {
      await handle.close();
    }
    return await give(aside);
  } catch (error) {
    await fs.rm(aside, { force: true });
    throw new CredentialError(file, `cannot be written: ${reason(error)}`, { cause: error });
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
