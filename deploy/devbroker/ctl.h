/* ctl.h: `devbroker ctl PATH COMMAND…`, the client of the control socket. */
#ifndef DEVBROKER_CTL_H
#define DEVBROKER_CTL_H

/*
 * Sends words[1…] as one line to the control socket words[0] and prints the reply. A broker that is starting or
 * restarting is waited for, 5 s at most. Returns the exit code: 0; 1 for a reply "error: …" or none; 2 if `words` are
 * not a path and a command.
 */
int ctl_main(int count, char **words);

#endif
