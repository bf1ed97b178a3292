/* A small ls for the example: the names in a directory, one a line. */
#include <dirent.h>
#include <stdio.h>

int main(int count, char **words)
{
	const char *path = count > 1 && words[count - 1][0] != '-' ? words[count - 1] : ".";
	struct dirent **names;
	int found = scandir(path, &names, NULL, alphasort);

	for (int i = 0; i < found; i++) {
		if (names[i]->d_name[0] != '.')
			puts(names[i]->d_name);
	}
	return found < 0;
}
