/**
 * The folder of `--out`: whether it can be had is found out before anything runs. It stands for nothing in glibc or Linux.
 *
 * What can go wrong: an hour's campaign lost because nothing can be written where it was to be kept.
 */
import { makeFolder, tryFolder } from '../campaign/folder.js';
import { type Answer, systemComplaint } from './complaint.js';

function had(path: string, get: (path: string) => unknown): Answer<string> {
  try {
    get(path);
    return { value: path };
  } catch (error) {
    return { complaint: systemComplaint(path, error, 'C018') };
  }
}

/** A folder that is made when it is not there. */
export const folderMade = (path: string): Answer<string> => had(path, makeFolder);

/** A folder that can be made once there is something to put in it. */
export const folderToBe = (path: string): Answer<string> => had(path, tryFolder);
