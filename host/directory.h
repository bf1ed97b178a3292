/* An EROFS image of a directory tree. */
#ifndef HOST_DIRECTORY_H
#define HOST_DIRECTORY_H

/*
 * Makes an image of a directory: every file with its mode, times, hard links and holes; when root makes it, owners and
 * extended attributes too, else all belongs to root. The same tree makes the same image.
 * The file is written under another name beside `path` and then renamed. 0, or -1 with a line said.
 */
int directory_image(const char *directory, const char *path);

#endif
