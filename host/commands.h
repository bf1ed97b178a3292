/* The subcommands. Each takes the words after its name and returns the exit status. */
#ifndef HOST_COMMANDS_H
#define HOST_COMMANDS_H

int command_run(char **words);
int command_image(char **words);
int command_trace(char **words);
int command_stat(char **words);
int command_export(char **words);
int command_view(char **words);
int command_lab(char **words);
int command_doctor(char **words);
int command_version(char **words);
int command_help(char **words);

/* Prints the help of one subcommand on stdout. */
int command_help_for(const char *name);

#endif
